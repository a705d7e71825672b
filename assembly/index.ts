/** The filter's module: what Envoy calls is exported from here. */
import "./host/unpack"; // first: others have data
import "./codecs/builtin";
import "./filter/modes";
import { RootContext, setRootFactory } from "./host/context";
import { ArgotRoot } from "./filter/root";

setRootFactory((id: u32): RootContext => new ArgotRoot(id));

export * from "./host/exports";
