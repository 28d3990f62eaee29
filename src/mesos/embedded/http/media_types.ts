/** Protobuf on the wire: what executors speak here. */
export const protobuf = "application/x-protobuf";

/** JSON on the wire: a Mesos agent speaks it with executors too, this one with operators alone. */
export const json = "application/json";

/** Streams of the operator API. */
export const recordio = "application/recordio";

/**
 * Whether an `Accept` header permits a type as libprocess reads it: absent permits all, parameters (`q=0` too) do not
 * count.
 */
export function isAccepted(accept: string | undefined, mediaType: string): boolean {
  if (accept === undefined) return true;
  const [type, subtype] = mediaType.split("/");
  return accept.split(",").some((range) => {
    const [rangeType, rangeSubtype, ...rest] = (range.split(";")[0] ?? "").trim().split("/");
    if (rest.length > 0 || rangeSubtype === undefined) return false;
    return (rangeType === "*" || rangeType === type) && (rangeSubtype === "*" || rangeSubtype === subtype);
  });
}
