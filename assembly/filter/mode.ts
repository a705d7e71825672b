/** What a mode is to the rest of the filter, and which modes this module has. */
import { Context } from "../host/context";
import { Json } from "../json/json";
import { Config } from "./config/config";
import { Plugin } from "./plugin";

/** What is done with the connections of one configuration. */
export abstract class Mode {
  constructor(
    /** As the configuration calls it, and the part of it that is this mode's. */
    readonly name: string,
  ) {}

  /** Reads its part of a configuration; null: there is none. */
  abstract read(part: Json | null, config: Config): void;
  abstract createContext(id: u32, plugin: Plugin): Context;
  /** What it does by the timer, beside what the plugin does. */
  onTick(plugin: Plugin): void {}
}

const factories: (() => Mode)[] = [];

/** Adds a mode to those of the module, before any configuration is read. */
export function addMode(factory: () => Mode): void {
  factories.push(factory);
}

/** The mode `name` for one configuration, or null if this module has none of that name. */
export function makeMode(name: string): Mode | null {
  for (let i = 0; i < factories.length; i++) {
    const mode = factories[i]();
    if (mode.name == name) return mode;
  }
  return null;
}
