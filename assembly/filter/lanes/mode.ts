/** Mode `lanes`, as the configuration has it. */
import { Context } from "../../host/context";
import { Json, JsonType } from "../../json/json";
import { onlyKeys, readInteger } from "../../json/reader";
import { Config } from "../config/config";
import { Mode } from "../mode";
import { Plugin } from "../plugin";
import { LanesContext } from "./context";
import { tickSessions } from "./waking";

export class LanesMode extends Mode {
  constructor() {
    super("lanes");
  }

  read(part: Json | null, config: Config): void {
    const lanes = part === null ? new Json(JsonType.OBJECT) : part;
    onlyKeys(lanes, "lanes", [
      "spread",
      "maxRequests",
      "maxAgeSeconds",
      "idleSeconds",
      "maxLanes",
      "maxInFlight",
      "maxBufferedBytes",
      "maxWorkerBytes",
    ]);
    config.spread = readInteger(lanes, "lanes", "spread", 4, 1, 64);
    config.maxRequests = readInteger(lanes, "lanes", "maxRequests", 0, 0, 1_000_000_000);
    config.maxAgeSeconds = readInteger(lanes, "lanes", "maxAgeSeconds", 20, 0, 86_400);
    config.idleSeconds = readInteger(lanes, "lanes", "idleSeconds", 60, 0, 86_400);
    config.maxLanes = readInteger(lanes, "lanes", "maxLanes", 1024, 1, 1_000_000);
    config.maxInFlight = readInteger(lanes, "lanes", "maxInFlight", 65_536, 1, 1_000_000);
    config.maxBufferedBytes = readInteger(
      lanes,
      "lanes",
      "maxBufferedBytes",
      64 << 20,
      65_536,
      1 << 30,
    );
    config.maxWorkerBytes = readInteger(
      lanes,
      "lanes",
      "maxWorkerBytes",
      1 << 30,
      1 << 20,
      3 << 30,
    );
  }

  createContext(id: u32, plugin: Plugin): Context {
    return new LanesContext(id, plugin);
  }

  onTick(plugin: Plugin): void {
    tickSessions(plugin);
  }
}
