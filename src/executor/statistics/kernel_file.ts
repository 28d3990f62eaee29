import { join } from "node:path";
import { readIfThere } from "../../runtime/cgroup_place.ts";

/** Files of one control group; what is not there reads as nothing. */
export class KernelFiles {
  readonly #folder: string | undefined;

  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  text(name: string): string {
    return (this.#folder === undefined ? undefined : readIfThere(join(this.#folder, name))) ?? "";
  }

  /** A file of one number; `undefined` for `max` as well. */
  number(name: string): number | undefined {
    return toNumber(this.text(name).trim());
  }

  /** A file of lines `key number`. */
  table(name: string): ReadonlyMap<string, number> {
    return new Map(
      this.text(name)
        .split("\n")
        .flatMap((line): [string, number][] => {
          const [key = "", text = ""] = line.split(" ");
          const number = toNumber(text);
          return number === undefined ? [] : [[key, number]];
        }),
    );
  }

  /** Lines that are not empty. */
  lines(name: string): string[] {
    return this.text(name).split("\n").filter(Boolean);
  }
}

/** A kernel's number, not negative; those beyond what a double holds exactly are rounded. */
export function toNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** A number in another unit. */
export function per(number: number | undefined, divisor: number): number | undefined {
  return number === undefined ? undefined : number / divisor;
}

/** An object without the keys whose values are undefined. */
export function known<T extends object>(values: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}
