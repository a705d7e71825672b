/** A proxy as the checks see it: its filter chains with Argot's plugins, and what they lead to. */
import type { ConfigDump, Configuration } from "./config-dump.js";
import { readConfigDump } from "./config-dump.js";
import type { ChainMatch, ConnectionManager, Filter, Listener, TcpProxy } from "./envoy.js";
import { isType, secondsOf } from "./envoy.js";
import { pluginOfFilter, type Plugin } from "./plugins.js";
import { Stats } from "./stats.js";

/** What was read of one proxy. Only the dump is a must. */
export interface Readings {
  dump: ConfigDump;
  stats?: Stats;
  /** `/clusters?format=json` */
  clusters?: HostStates;
  /** `/server_info` */
  server?: ServerInfo;
}

export interface HostStates {
  cluster_statuses?: {
    name?: string;
    host_statuses?: { stats?: { name?: string; value?: string }[] }[];
  }[];
}

export interface ServerInfo {
  command_line_options?: { drain_time?: string };
}

/** A filter chain of a listener. */
export interface Chain {
  listener: Listener;
  /** That is called: the listener's own, or the one that inbound chains are told apart by. */
  port: number;
  /** For people. */
  where: string;
  match: ChainMatch;
  filters: readonly Filter[];
  /** Argot's, in their order. */
  plugins: readonly Plugin[];
  manager: ConnectionManager | undefined;
  tcpProxy: TcpProxy | undefined;
}

/** A chain in which one filter of Argot's cuts requests, and a connection manager routes them. */
export interface LanesChain extends Chain {
  plugin: Plugin;
  manager: ConnectionManager;
}

export class Proxy {
  readonly configuration: Configuration;
  readonly chains: readonly Chain[];
  /** Of listeners that don't serve yet. */
  readonly waiting: readonly Chain[];
  readonly stats: Stats;
  /** After which Envoy closes connections of a listener that was replaced, in seconds. */
  readonly drainSeconds: number | undefined;
  readonly hosts: HostStates;

  constructor({ dump, stats, clusters, server }: Readings) {
    this.configuration = readConfigDump(dump);
    this.stats = stats ?? new Stats(new Map());
    this.hosts = clusters ?? {};
    this.drainSeconds = secondsOf(server?.command_line_options?.drain_time);
    const { listeners, waiting } = this.configuration;
    this.chains = listeners.flatMap((listener) => this.chainsOf(listener));
    this.waiting = waiting.flatMap((listener) => this.chainsOf(listener));
  }

  get lanes(): LanesChain[] {
    return this.chains.flatMap((chain) => {
      const [plugin] = chain.plugins;
      const { manager } = chain;
      if (plugin === undefined || manager === undefined) return [];
      return plugin.settings?.mode === "lanes" ? [{ ...chain, plugin, manager }] : [];
    });
  }

  /** Each plugin that a chain has, by its resource. */
  get plugins(): Plugin[] {
    const all = this.chains.flatMap(({ plugins }) => plugins);
    return [...new Map(all.map((plugin) => [plugin.resource, plugin])).values()];
  }

  private chainsOf(listener: Listener): Chain[] {
    const { name = "", address, filter_chains = [], default_filter_chain } = listener;
    const own = address?.socket_address?.port_value ?? 0;
    const all = [...filter_chains, ...(default_filter_chain ? [default_filter_chain] : [])];
    return all.map(({ name: chainName, filter_chain_match: match = {}, filters = [] }) => {
      const config = filters[filters.length - 1]?.typed_config;
      const port = match.destination_port ?? own;
      const of = match.destination_port === undefined ? "" : ` port ${port}`;
      const called = chainName === undefined || chainName === name ? "" : ` chain ${chainName}`;
      return {
        ...{ listener, port, match, filters },
        where: `listener ${name}${of}${called}`,
        plugins: filters.flatMap((filter) => pluginOfFilter(filter, this.configuration) ?? []),
        manager: isType(config, "HttpConnectionManager") ? config : undefined,
        tcpProxy: isType(config, "TcpProxy") ? config : undefined,
      };
    });
  }
}

/** It takes what the http_inspector takes for HTTP, and nothing else: no private bytes come here. */
export function isHttpOnly({ listener, match }: Chain): boolean {
  const { application_protocols = [], transport_protocol } = match;
  const inspects = listener.listener_filters?.some(({ name, typed_config }) =>
    /http_?inspector/i.test(`${name} ${typed_config?.["@type"] ?? ""}`),
  );
  const isHttp = application_protocols.some((name) => /^(http\/1|h2c)/.test(name));
  return inspects === true && transport_protocol !== "tls" && isHttp;
}
