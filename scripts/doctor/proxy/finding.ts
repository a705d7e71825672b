/** What is wrong with a proxy. */
export interface ProxyFinding {
  /** The symptom's fixed name, as docs/istio.md lists it. */
  check: string;
  /** `wrong`: calls fail, or are not routed; `doubtful`: they may, or some did. */
  state: "wrong" | "doubtful";
  /** The listener, cluster, route or plugin. */
  where: string;
  /** What was seen, with the numbers. */
  evidence: string;
  /** What that does to calls. */
  reason: string;
  /** What to do about it, as whole sentences. */
  remedy: string;
}

/** Each symptom of each place once. */
export function distinctFindings(findings: readonly ProxyFinding[]): ProxyFinding[] {
  const seen = new Map<string, ProxyFinding>();
  for (const finding of findings) {
    const key = `${finding.check} ${finding.where}`;
    if (!seen.has(key)) seen.set(key, finding);
  }
  const order = { wrong: 0, doubtful: 1 };
  return [...seen.values()].sort((a, b) => order[a.state] - order[b.state]);
}
