/** A fresh RFC 4122 version 4 UUID as its 16 raw bytes, the form in which status updates carry it; agents refuse others. */
export function createUuid(): Uint8Array {
  return parseUuid(crypto.randomUUID());
}

/** The 16 bytes of a UUID in its text form. */
export function parseUuid(text: string): Uint8Array {
  const hex = text.replaceAll("-", "");
  if (!/^[0-9a-f]{32}$/i.test(hex))
    throw new SyntaxError(`Cannot parse UUID "${text}": expected 32 hexadecimal digits`);
  return Uint8Array.from({ length: 16 }, (_, index) => Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16));
}

/** The text form of a UUID's bytes, lower case with hyphens. */
export function formatUuid(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Whether bytes are what an agent takes for a UUID: 16 bytes with the RFC 4122 variant and a version from 1 to 5. */
export function isUuid(bytes: Uint8Array): boolean {
  const version = (bytes[6] ?? 0) >> 4;
  return bytes.length === 16 && ((bytes[8] ?? 0) & 0xc0) === 0x80 && version >= 1 && version <= 5;
}
