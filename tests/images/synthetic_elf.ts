/** What {@link syntheticElf} puts into a file. */
export interface SyntheticElf {
  readonly interpreter?: string;
  readonly libraries: readonly string[];
  readonly endian?: "little" | "big";
}

/**
 * A 64-bit ELF file with program headers only, for tests: enough for a dynamic loader to see what it needs. Its segment
 * is loaded at 0x400000, so addresses are not offsets.
 */
export function syntheticElf({ interpreter, libraries, endian = "little" }: SyntheticElf): Uint8Array {
  const little = endian === "little";
  const texts = [interpreter ?? "", ...libraries].map((text) => Buffer.from(`${text}\0`));
  const segments = interpreter === undefined ? 2 : 3;
  const dynamicAt = 64 + segments * 56;
  const dynamicBytes = (libraries.length + 2) * 16;
  const textsAt = dynamicAt + dynamicBytes;
  const bytes = new Uint8Array(textsAt + Buffer.concat(texts).byteLength);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, little ? 1 : 2, 1]);
  view.setBigUint64(32, 64n, little);
  view.setUint16(54, 56, little);
  view.setUint16(56, segments, little);
  const headers: [type: number, offset: number, bytes: number][] = [
    [1, 0, bytes.byteLength],
    [2, dynamicAt, dynamicBytes],
    [3, textsAt, interpreter?.length ?? 0],
  ];
  headers.slice(0, segments).forEach(([type, offset, size], index) => {
    const at = 64 + index * 56;
    view.setUint32(at, type, little);
    view.setBigUint64(at + 8, BigInt(offset), little);
    view.setBigUint64(at + 16, 0x400000n + BigInt(offset), little);
    view.setBigUint64(at + 32, BigInt(size), little);
  });
  let text = texts[0]?.byteLength ?? 0;
  const tags: [tag: bigint, value: bigint][] = [[5n, 0x400000n + BigInt(textsAt)]];
  libraries.forEach((_, index) => {
    tags.push([1n, BigInt(text)]);
    text += texts[index + 1]?.byteLength ?? 0;
  });
  tags.forEach(([tag, value], index) => {
    view.setBigInt64(dynamicAt + index * 16, tag, little);
    view.setBigUint64(dynamicAt + index * 16 + 8, value, little);
  });
  bytes.set(Buffer.concat(texts), textsAt);
  return bytes;
}
