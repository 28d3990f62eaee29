import { parseByteSize as readByteSize } from "../../../../notation/byte_size.ts";
import { unexpected } from "../fault.ts";

/** Whole bytes from `64`, `256m`, `1.5g`. */
export function parseByteSize(text: string): number {
  return readByteSize(text) ?? refuse(text);
}

function refuse(text: string): never {
  throw unexpected(text, "a size such as 256m");
}

/** Memory and swap together; -1 is without limit. */
export function parseSwapSize(text: string): number {
  if (text === "-1") return -1;
  try {
    return parseByteSize(text);
  } catch (cause) {
    throw Object.assign(unexpected(text, "a size such as 256m, or -1 for no limit"), { cause });
  }
}
