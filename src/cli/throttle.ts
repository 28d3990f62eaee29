import { Bandwidth, type CopyOptions } from "../../registry/mod.ts";

/** Options of copies that hold them all together to so many bytes a second, if to any. */
export function toThrottle(bytesPerSecond: number | undefined, signal: AbortSignal): Pick<CopyOptions, "throttle"> {
  if (bytesPerSecond === undefined) return {};
  const bandwidth = new Bandwidth(bytesPerSecond);
  return { throttle: (bytes) => bandwidth.take(bytes, { signal }) };
}
