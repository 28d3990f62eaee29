/** What an ELF file asks of others before it can run: its interpreter and the libraries it is linked with. */
export interface ElfNeeds {
  /** Path of the dynamic loader; libraries have none. */
  readonly interpreter?: string;
  /** File names of shared libraries, as DT_NEEDED has them. */
  readonly libraries: readonly string[];
}

const programInterpreter = 3;
const programDynamic = 2;
const programLoad = 1;
const dynamicNeeded = 1n;
const dynamicStrings = 5n;

/** Longest text taken from a file: names of libraries are short. */
const maxTextBytes = 4096;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: bigint;
  readonly bytes: number;
}

/**
 * Reads an ELF file's needs; undefined when it is no ELF file. A bare machine has no readelf, and ldd would run the
 * file with the host's libraries. Throws SyntaxError for a damaged file and for one of 32 bits.
 */
export function readElfNeeds(content: Uint8Array): ElfNeeds | undefined {
  const magic = [0x7f, 0x45, 0x4c, 0x46];
  if (content.byteLength < 4 || magic.some((byte, index) => content[index] !== byte)) return undefined;
  if (content[4] !== 2) throw new SyntaxError("Cannot read the ELF file: it is not one of 64 bits");
  try {
    return readNeeds(content);
  } catch (error) {
    if (error instanceof RangeError) throw new SyntaxError("Cannot read the ELF file: it is cut off", { cause: error });
    throw error;
  }
}

function readNeeds(content: Uint8Array): ElfNeeds {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const little = content[5] === 1;
  const segments = readSegments(view, little);
  const interpreter = segments.find(({ type }) => type === programInterpreter);
  const libraries = readLibraries(view, little, segments);
  return interpreter === undefined ? { libraries } : { interpreter: readText(view, interpreter.offset), libraries };
}

function readSegments(view: DataView, little: boolean): Segment[] {
  const table = Number(view.getBigUint64(32, little));
  const size = view.getUint16(54, little);
  const count = view.getUint16(56, little);
  return Array.from({ length: count }, (_, index) => {
    const at = table + index * size;
    return {
      type: view.getUint32(at, little),
      offset: Number(view.getBigUint64(at + 8, little)),
      address: view.getBigUint64(at + 16, little),
      bytes: Number(view.getBigUint64(at + 32, little)),
    };
  });
}

function readLibraries(view: DataView, little: boolean, segments: readonly Segment[]): string[] {
  const dynamic = segments.find(({ type }) => type === programDynamic);
  if (dynamic === undefined) return [];
  const names: number[] = [];
  let strings: bigint | undefined;
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.bytes; at += 16) {
    const tag = view.getBigInt64(at, little);
    const value = view.getBigUint64(at + 8, little);
    if (tag === 0n) break;
    if (tag === dynamicNeeded) names.push(Number(value));
    if (tag === dynamicStrings) strings = value;
  }
  if (names.length === 0) return [];
  const table = strings === undefined ? undefined : fileOffset(segments, strings);
  if (table === undefined) throw new SyntaxError("Cannot read the ELF file: its names are in no segment");
  return names.map((name) => readText(view, table + name));
}

/** Where in the file the bytes lie that are loaded at an address. */
function fileOffset(segments: readonly Segment[], address: bigint): number | undefined {
  const holds = (one: Segment) => address >= one.address && address < one.address + BigInt(one.bytes);
  const segment = segments.find((one) => one.type === programLoad && holds(one));
  return segment === undefined ? undefined : segment.offset + Number(address - segment.address);
}

function readText(view: DataView, offset: number): string {
  let end = offset;
  while (view.getUint8(end) !== 0) {
    end += 1;
    if (end - offset > maxTextBytes) throw new SyntaxError("Cannot read the ELF file: a name has no end");
  }
  return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + offset, end - offset));
}
