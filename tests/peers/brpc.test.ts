/**
 * Baidu's implementation of bRPC for Java, protocol baidu_std: there is no package of the one in
 * C++. It has no oneway calls, and its attachments are in a place of their own.
 */
import { testFramework } from "./support/cases.js";
import { java } from "./support/java.js";

await testFramework({
  name: "brpc-java 3.0.5",
  protocol: "brpc",
  ...java("brpc", "3.0.5"),
  attachment: null,
  oneway: false,
  failing: ["fail", "crash"], // it answers nothing to a call of an unknown method
  refused: "RpcException",
});
