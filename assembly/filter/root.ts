/** The root context: reads the configuration and makes the contexts of its mode. */
import { BufferType, readAt, readBuffer, readLength } from "../host/buffer";
import { Context, RootContext } from "../host/context";
import { LogLevel, log } from "../host/log";
import { flushMetrics } from "../host/metrics";
import { readConfig } from "./config/config";
import { configError } from "../json/reader";
import { Plugin } from "./plugin";
import { RefusedContext } from "./refused";

export class ArgotRoot extends RootContext {
  private plugin: Plugin | null = null;

  onConfigure(size: u32): bool {
    const there = size > 0 && readBuffer(BufferType.PLUGIN_CONFIGURATION, size);
    const config = readConfig(there ? String.UTF8.decodeUnsafe(readAt, readLength) : "{}");
    if (config === null) {
      log(LogLevel.CRITICAL, "argot: plugin configuration: " + configError);
      return false;
    }
    this.plugin = new Plugin(this.id, config);
    return true;
  }

  createContext(id: u32): Context {
    const plugin = this.plugin!;
    if (!plugin.hasRoom) return new RefusedContext(id, plugin);
    return plugin.config.mode.createContext(id, plugin);
  }

  onTick(): void {
    const plugin = this.plugin;
    if (plugin !== null) {
      plugin.tick();
      plugin.config.mode.onTick(plugin);
    }
    flushMetrics();
  }

  onDelete(): void {
    const plugin = this.plugin;
    if (plugin === null) return;
    plugin.unload();
    flushMetrics(); // no tick may follow
  }
}
