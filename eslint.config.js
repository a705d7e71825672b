import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

/** Files that fit a few screens, functions that can be held in the head. */
const size = {
  "max-lines": ["error", { max: 400 }],
  "max-depth": ["error", 4],
  "max-params": ["error", 8],
  complexity: ["error", 20],
};

/** Faults that need no types to be found. */
const faults = {
  "no-constant-condition": ["error", { checkLoops: false }],
  "no-dupe-else-if": "error",
  "no-duplicate-case": "error",
  "no-else-return": "error",
  "no-fallthrough": "error",
  "no-self-assign": "error",
  "no-self-compare": "error",
  "no-unreachable": "error",
  "no-useless-return": "error",
  "no-var": "error",
  "prefer-const": "error",
  // A parameter that is not used may still be part of an interface.
  "@typescript-eslint/no-unused-vars": ["error", { args: "none" }],
};

export default defineConfig(
  globalIgnores(["dist/", "coverage/", "**/node_modules/", "tests/fixtures/"]),
  {
    files: ["scripts/**/*.ts", "tests/**/*.ts", "envoy/**/*.ts"],
    ignores: ["tests/assembly/**"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      ...faults,
      ...size,
      eqeqeq: "error",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // `${number}` is what templates are for.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // node:test's describe and it return promises that nobody is to wait for.
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          allowForKnownSafeCalls: [
            { from: "package", name: ["describe", "it", "test", "suite"], package: "node:test" },
          ],
        },
      ],
    },
  },
  {
    // Tests look into bytes and into what is not theirs, and fail if they are wrong.
    files: ["tests/**/*.ts"],
    ignores: ["tests/assembly/**"],
    rules: {
      complexity: "off",
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unnecessary-condition": "off",
      "@typescript-eslint/no-unsafe-enum-assignment": "off",
      "@typescript-eslint/no-unsafe-enum-comparison": "off",
      "@typescript-eslint/no-base-to-string": "off",
      "@typescript-eslint/no-misused-spread": "off",
    },
  },
  {
    // AssemblyScript is not TypeScript: its types and decorators mean nothing to the checker, so
    // only what the syntax tells is linted.
    files: ["assembly/**/*.ts", "tests/assembly/**/*.ts"],
    plugins: { "@typescript-eslint": tseslint.plugin },
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { allowInvalidAST: true },
    },
    // A decoder is a long switch over first bytes, and reads best as one.
    rules: { ...faults, ...size, complexity: ["error", 30] },
  },
);
