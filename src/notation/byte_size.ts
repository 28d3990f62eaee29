const units = "bkmgtp";

/**
 * Whole bytes from a text such as `64`, `256m`, `1.5g` or `10 MiB`, in powers of 1024 as Docker reads them; undefined when
 * it is none.
 */
export function parseByteSize(text: string): number | undefined {
  const [, amount, unit] = /^(\d+\.?\d*|\.\d+) ?(?:b|([kmgtp])(?:i?b)?)?$/i.exec(text) ?? [];
  const bytes = Math.trunc(Number(amount) * 1024 ** units.indexOf((unit ?? "b").toLowerCase()));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
