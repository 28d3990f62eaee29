/**
 * Media types that an Accept header names, in lower case; undefined when it leaves nothing out: there is none, or it has a
 * wildcard (RFC 9110, 12.5.1). Their order and weights say nothing here, but for a weight of zero.
 */
export function parseAccept(header: string | undefined): readonly string[] | undefined {
  const types: string[] = [];
  for (const entry of (header ?? "").split(",")) {
    const [name = "", ...parameters] = entry.split(";").map((part) => part.trim().toLowerCase());
    if (name === "" || parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter))) continue;
    if (name === "*/*" || name === "application/*") return undefined;
    types.push(name);
  }
  return types.length === 0 ? undefined : types;
}
