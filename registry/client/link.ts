/** Most of a header that is read. */
const longestHeader = 16_384;

/**
 * Target of a Link header's `rel="next"`, as it stands there: relative or absolute, with an opaque cursor (contract B.4).
 * Undefined when there is no next page.
 */
export function findNextLink(header: string | undefined): string | undefined {
  for (const [, target, parameters = ""] of (header ?? "").slice(0, longestHeader).matchAll(/<([^>]*)>([^<]*)/g)) {
    const relation = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(parameters);
    const relations = (relation?.[1] ?? relation?.[2] ?? "").toLowerCase().split(/\s+/);
    if (target && relations.includes("next")) return target;
  }
  return undefined;
}
