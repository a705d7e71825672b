/** Access logs of Envoy's filters. */
import type { Config } from "./notes.js";

/** An access log of `name="value"` pairs, to "stdout" or the path of a file. */
export function logTo(target: string, fields: [string, string][]): Config {
  const kind = target === "stdout" ? "stream.v3.StdoutAccessLog" : "file.v3.FileAccessLog";
  const pairs = fields.map(([name, value]) => `${name.replaceAll("%", "%%")}="${value}"`);
  return {
    name: `envoy.access_loggers.${target === "stdout" ? "stdout" : "file"}`,
    typed_config: {
      "@type": `type.googleapis.com/envoy.extensions.access_loggers.${kind}`,
      ...(target !== "stdout" && { path: target }),
      log_format: { text_format_source: { inline_string: `${pairs.join(" ")}\n` } },
    },
  };
}
