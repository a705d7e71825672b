/** Motan with its protocol motan2. Its Java client makes no oneway calls. */
import { testFramework } from "./support/cases.js";
import { java } from "./support/java.js";

await testFramework({
  name: "motan 1.2.1",
  protocol: "motan2",
  ...java("motan", "1.2.1"),
  refused: "MotanServiceException",
  oneway: false,
  connections: 3, // one for each interface; now and then its pool opens another
});
