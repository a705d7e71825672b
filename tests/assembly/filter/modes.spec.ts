import "../../../assembly/codecs/builtin";
import { readConfig } from "../../../assembly/filter/config/config";
import { LanesMode } from "../../../assembly/filter/lanes/mode";
import { addMode } from "../../../assembly/filter/mode";
import { configError } from "../../../assembly/json/reader";

addMode(() => new LanesMode());

describe("a module without mode connection", () => {
  test("takes mode lanes", () => {
    const config = readConfig('{"protocol":"dubbo","mode":"lanes","lanes":{"spread":2}}');
    expect(config!.mode.name).toBe("lanes");
    expect(config!.spread).toBe(2);
  });

  test("refuses mode connection, and says how to get it", () => {
    const config = '{"protocol":"dubbo","mode":"connection","connection":{"rules":[]}}';
    expect(readConfig(config) === null).toBe(true);
    expect(configError).toBe(
      "mode: connection is not in this module; build it with `argot build --mode both`",
    );
  });

  test("refuses a mode that there is not", () => {
    expect(readConfig('{"protocol":"dubbo","mode":"lane"}') === null).toBe(true);
    expect(configError).toBe('mode: "lane" is not known; must be one of lanes, connection');
  });
});
