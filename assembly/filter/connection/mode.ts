/** Mode `connection`, as the configuration has it. */
import { Context } from "../../host/context";
import { Json } from "../../json/json";
import { complain, onlyKeys, readArray, readInteger } from "../../json/reader";
import { Config } from "../config/config";
import { Mode } from "../mode";
import { Plugin } from "../plugin";
import { ConnectionContext } from "./context";
import { Rule, readRules } from "./rules";

export class ConnectionMode extends Mode {
  /** Most bytes that are held for the first frame's metadata to come. */
  maxFirstFrameBytes: u32 = 0;
  /** The first that holds picks the cluster. */
  rules: Rule[] = [];

  constructor() {
    super("connection");
  }

  read(part: Json | null, config: Config): void {
    if (part === null) {
      complain("connection", "is missing; mode connection needs its rules");
      return;
    }
    onlyKeys(part, "connection", ["maxFirstFrameBytes", "rules"]);
    this.maxFirstFrameBytes = readInteger(
      part,
      "connection",
      "maxFirstFrameBytes",
      65_536,
      64,
      1 << 20,
    );
    this.rules = readRules(readArray(part, "connection", "rules"), config.keys);
  }

  createContext(id: u32, plugin: Plugin): Context {
    return new ConnectionContext(id, plugin, this);
  }
}
