const longestQuote = 80;

/**
 * What is wrong with one flag. The message goes on where the flag's name ends, so that the flag need not be known where
 * the value is read: `is "12x", expected a size such as 256m`.
 */
export class ParameterFault extends Error {
  override readonly name = "ParameterFault";
}

/** A text as messages show it: short, on one line. */
export function quote(text: string): string {
  return JSON.stringify(text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text);
}

/** The fault of a value that may be shown. */
export function unexpected(value: string, expected: string): ParameterFault {
  return new ParameterFault(`is ${quote(value)}, expected ${expected}`);
}

/** Reads a part of a value, e.g. one option of `mount`; a fault of it names the part. */
export function readPart<T>(part: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ParameterFault) throw new ParameterFault(`option ${quote(part)} ${error.message}`);
    throw error;
  }
}
