/** `argot doctor --proxy`: what is wrong with a proxy, and what to do. */
import { paint, print, printJson } from "../cli/output.js";
import { ExitStatus } from "../cli/run.js";
import { examineProxy, type ProxyReport } from "../doctor/proxy/examine.js";
import type { ProxyFinding } from "../doctor/proxy/finding.js";
import { readProxies } from "../doctor/proxy/read.js";
import { loadAll } from "../protocol/load.js";

export interface ProxyOptions {
  proxy: string[];
  file?: string[];
  json?: boolean;
}

type NamedReport = ProxyReport & { source: string };

export async function examineProxies({ proxy, file = [], json }: ProxyOptions): Promise<void> {
  const { model } = loadAll(file);
  const reports = (await readProxies(proxy)).map(({ name, readings }): NamedReport => ({
    source: name,
    ...examineProxy(readings, model),
  }));
  if (json) printJson(reports);
  else reports.forEach(printReport);
  const isWrong = reports.some(({ findings }) => findings.some(({ state }) => state === "wrong"));
  process.exitCode = isWrong ? ExitStatus.failed : ExitStatus.ok;
}

function printReport({ source, node, plugins, findings }: NamedReport): void {
  print(paint("bold", node === "" ? source : `${source}: ${node}`));
  for (const { name, chains } of plugins) {
    print(`  filter ${name} in ${chains} filter ${chains === 1 ? "chain" : "chains"}`);
  }
  findings.forEach(printFinding);
  if (findings.length === 0) print(`${paint("green", "✔")} nothing is wrong`);
}

function printFinding({ check, state, where, evidence, reason, remedy }: ProxyFinding): void {
  const mark = state === "wrong" ? paint("red", "✖") : paint("yellow", "–");
  print(`${mark} ${check}: ${where}`);
  for (const line of [`seen: ${evidence}`, reason, remedy]) print(`    ${line}`);
}
