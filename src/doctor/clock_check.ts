import { type Finding, failure, warning, well } from "./finding.ts";

/** A header's date has whole seconds, and took its way. */
const warningMs = 30_000;

/** Tokens of registries live for minutes. */
const failureMs = 300_000;

/** How our clock stands to those of registries; `aheads` is how far each is ahead of ours, in milliseconds. */
export function judgeClock(aheads: readonly number[]): Finding {
  const about = "clock";
  const [nearest] = aheads.toSorted((a, b) => Math.abs(a) - Math.abs(b));
  if (nearest === undefined) return well(about, "no registry told its time to compare ours with");
  const seconds = Math.round(Math.abs(nearest) / 1000);
  // When one of them agrees with us, the others are wrong.
  if (seconds * 1000 < warningMs) return well(about, `within ${Math.max(seconds, 1)} s of the registries'`);
  const found = `${seconds} s ${nearest > 0 ? "behind" : "ahead of"} the registries': certificates and tokens may not be valid yet, or any more`;
  return (seconds * 1000 < failureMs ? warning : failure)(
    about,
    found,
    "have it set by the network (chrony, systemd-timesyncd)",
  );
}
