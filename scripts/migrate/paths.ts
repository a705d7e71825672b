/** Interfaces and methods as paths `/service/method`, which is what lanes have. */

export interface Operation {
  interfaces: string[];
  notInterfaces: string[];
  methods: string[];
  notMethods: string[];
}

/** undefined: no paths say this, as Istio has `*` at one end of a path only. */
export function pathsOf(
  operation: Operation,
): { paths?: string[]; notPaths?: string[] } | undefined {
  const { interfaces, notInterfaces, methods, notMethods } = operation;
  const isAny = interfaces.length + methods.length === 0;
  const paths = isAny ? [] : cross(interfaces, methods);
  const notPaths = [...cross(notInterfaces, []), ...cross([], notMethods)];
  if ([...paths, ...notPaths].includes(undefined)) return undefined;
  return {
    ...(paths.length > 0 && { paths: paths as string[] }),
    ...(notPaths.length > 0 && { notPaths: notPaths as string[] }),
  };
}

/** A path for each pair; no interfaces, or no methods, are any; neither of both is no path. */
function cross(interfaces: string[], methods: string[]): (string | undefined)[] {
  if (interfaces.length + methods.length === 0) return [];
  const all = methods.length > 0 ? methods : ["*"];
  return (interfaces.length > 0 ? interfaces : ["*"]).flatMap((service) =>
    all.map((method) => pathOf(service, method)),
  );
}

/** Names as Java has them, with `*` at one end: nothing that a path would have to escape. */
const PLAIN = /^[\w.$]*$/;

function pathOf(service: string, method: string): string | undefined {
  const starts = (text: string) => text.endsWith("*") && PLAIN.test(text.slice(0, -1));
  const ends = (text: string) => text.startsWith("*") && PLAIN.test(text.slice(1));
  if (service === "*" && method === "*") return "/*";
  if (method === "*" && PLAIN.test(service)) return `/${service}/*`;
  if (method === "*" && starts(service)) return `/${service}`;
  if (service === "*" && PLAIN.test(method)) return `*/${method}`;
  if (service === "*" && ends(method)) return method;
  if (PLAIN.test(service) && (PLAIN.test(method) || starts(method))) return `/${service}/${method}`;
  return undefined;
}
