/** What a test reads from Envoy's admin interface, wherever that is. */
export abstract class Admin {
  /** Body of the admin interface's answer; changing paths such as `/drain_listeners` need POST. */
  abstract admin(path: string, method?: "GET" | "POST"): Promise<string>;

  /** Counters and gauges by name; `filter` is a regular expression that names must contain. */
  async stats(filter = ""): Promise<Map<string, number>> {
    const text = await this.admin(`/stats?filter=${encodeURIComponent(filter)}`);
    const stats = new Map<string, number>();
    for (const [, name, value] of text.matchAll(/^(.*): (-?\d+)$/gm)) {
      if (name && value) stats.set(name, Number(value));
    }
    return stats;
  }

  /** The one counter or gauge `name`; 0 if Envoy does not know it (yet). */
  async stat(name: string): Promise<number> {
    const escaped = name.replace(/[^A-Za-z0-9_]/g, "\\$&");
    return (await this.stats(`^${escaped}$`)).get(name) ?? 0;
  }

  async configDump(): Promise<unknown> {
    return JSON.parse(await this.admin("/config_dump?include_eds")) as unknown;
  }
}
