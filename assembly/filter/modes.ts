/** The modes of the standard module. `argot build --codec` adds those of its `--mode` instead. */
import { ConnectionMode } from "./connection/mode";
import { LanesMode } from "./lanes/mode";
import { addMode } from "./mode";

addMode(() => new LanesMode());
addMode(() => new ConnectionMode());
