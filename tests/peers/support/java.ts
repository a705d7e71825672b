/** Programs in Java. */
import { join } from "node:path";
import type { Program } from "./peer.js";

/** What these frameworks reflect upon, which Java has closed since. */
const OPEN = ["lang", "util", "math", "time", "lang.reflect", "util.concurrent"];
const FLAGS = [
  ...OPEN.map((name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`),
  // They live for seconds: a quick start counts.
  ...["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx256m"],
  "-Djava.net.preferIPv4Stack=true",
];

/**
 * The client and the server of a framework.
 * @param framework a folder in programs/java and a profile of the pom.xml there
 * @param options further arguments of both
 * @param flags further arguments of Java
 */
export function java(
  framework: string,
  version: string,
  options: readonly string[] = [],
  flags: readonly string[] = [],
): { client: Program; server: Program } {
  const programs = {
    name: `${framework}-${version}`,
    folder: "java",
    sources: ["pom.xml", "common", framework],
    tools: ["java -version", "javac -version", "mvn -v"],
    build: [
      ["mvn", "-q", "-B", "-P", framework, `-Dframework.version=${version}`, "-Dout=.", "package"],
    ],
  };
  const program = (main: string): Program => ({
    programs,
    command: (folder) => [
      ...["java", ...FLAGS, ...flags, "-cp", join(folder, "lib/*"), `peers.${main}`],
    ],
    options,
  });
  return { client: program("Client"), server: program("Server") };
}
