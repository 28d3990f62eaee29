import type { Explanation } from "./explanation.ts";

/** An explanation as lines of a terminal: what, and beside it what was found. */
export function toLines(explained: Explanation): string[] {
  const { name, hint, candidates, attempts, tags, platform, platformBy, source, error } = explained;
  const rows: (readonly [string, string])[] = [["name", name]];
  if (hint !== undefined) rows.push(["", hint]);
  for (const { role, host, repository, because, serves, transport, credentials } of candidates) {
    const capabilities = role === "mirror" ? `, for ${serves.join(" and ")}` : "";
    rows.push([role, `${host}/${repository} by ${transport} as ${credentials}${capabilities} (${because})`]);
  }
  for (const { host, what, outcome, error: cause } of attempts) {
    rows.push(["asked", `${host} for ${what}: ${cause ?? outcome}`]);
  }
  rows.push(["tags", `${tags.policy} (${tags.because})`], ["platform", `${platform} (${platformBy})`]);
  if (source !== undefined) rows.push(["source", source]);
  rows.push(...describeImage(explained));
  if (error !== undefined) rows.push(["failed", error]);
  const width = Math.max(...rows.map(([what]) => what.length));
  return rows.map(([what, found]) => `${what.padEnd(width)}  ${found}`);
}

function describeImage({ digest, mediaType, manifest, offered }: Explanation): (readonly [string, string])[] {
  if (digest === undefined || !manifest) return [];
  const { platform = "no platform", layers, bytes } = manifest;
  const image = `${manifest.digest} for ${platform}, ${layers} layers, ${bytes} bytes`;
  if (!offered)
    return [
      ["digest", `${digest} ${mediaType}`],
      ["image", image],
    ];
  return [
    ["digest", `${digest} ${mediaType}`],
    ["chosen", `${image}; of ${[...new Set(offered)].join(", ")}`],
  ];
}
