import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { inflateSync } from "node:zlib";
import { runCommand } from "./command.ts";

/** What a browser is started with. */
export interface BrowserOptions {
  scheme?: "light" | "dark";
  scripts?: "on" | "off";
}

const quiet = [
  "--headless --disable-gpu --disable-quic --no-first-run --disable-background-networking",
  "--disable-component-update --disable-sync --hide-scrollbars --window-size=1280,1600",
].flatMap((line) => line.split(" "));

/** The document as a browser has it, after five seconds of the page's own time. */
export async function readPage(url: string, options: BrowserOptions = {}): Promise<string> {
  return await browse(url, ["--dump-dom", "--virtual-time-budget=5000"], options, async (stdout) => stdout);
}

/** How many pixels of a page have which colour, by `rrggbb`. */
export async function readColours(url: string, options: BrowserOptions = {}): Promise<ReadonlyMap<string, number>> {
  const name = "page.png";
  return await browse(url, [`--screenshot=${name}`], options, async (_, folder) => {
    return countColours(await readFile(join(folder, name)));
  });
}

async function browse<T>(
  url: string,
  flags: readonly string[],
  { scheme = "light", scripts = "on" }: BrowserOptions,
  read: (stdout: string, folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "mesos-docker-browser-"));
  try {
    const profile = join(folder, "profile");
    // As a reader switches scripts off; the flag for it takes the browser's own pages along, of which one makes pictures.
    const settings = { profile: { default_content_setting_values: { javascript: scripts === "on" ? 1 : 2 } } };
    await mkdir(join(profile, "Default"), { recursive: true });
    await writeFile(join(profile, "Default", "Preferences"), JSON.stringify(settings));
    const chosen = [
      ...flags.map((flag) => flag.replace("--screenshot=", `--screenshot=${folder}/`)),
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      `--blink-settings=preferredColorScheme=${scheme === "dark" ? 0 : 1}`,
    ];
    const words = ["chromium", ...quiet, `--user-data-dir=${profile}`, ...chosen, url];
    const { end, stdout, stderr } = await runCommand(words, { env: { HOME: folder } });
    if (end !== 0) throw new Error(`Cannot look at "${url}": chromium ended with ${end}\n${stderr}`);
    return await read(stdout, folder);
  } finally {
    // Helpers of the browser may still be writing when it has ended.
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** Pixels of a PNG of 8 bits a channel (PNG, sections 5 and 9). */
function countColours(png: Buffer): Map<string, number> {
  const pieces: Buffer[] = [];
  for (let at = 8; at < png.byteLength; at += 12 + png.readUInt32BE(at)) {
    if (png.toString("latin1", at + 4, at + 8) === "IDAT")
      pieces.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const bytes = inflateSync(Buffer.concat(pieces));
  const [width, channels] = [png.readUInt32BE(16), png[25] === 6 ? 4 : 3];
  const length = width * channels;
  const counts = new Map<string, number>();
  let above = new Uint8Array(length);
  for (let at = 0; at < bytes.byteLength; at += length + 1) {
    const line = new Uint8Array(bytes.subarray(at + 1, at + 1 + length));
    unfilter(bytes[at] ?? 0, line, above, channels);
    for (let x = 0; x < length; x += channels) {
      const colour = [0, 1, 2].map((part) => (line[x + part] ?? 0).toString(16).padStart(2, "0")).join("");
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
    above = line;
  }
  return counts;
}

/** Undoes the filter of a line: each byte was told by its neighbours to the left, above and between. */
function unfilter(filter: number, line: Uint8Array, above: Uint8Array, channels: number): void {
  for (let x = 0; x < line.byteLength; x++) {
    const left = line[x - channels] ?? 0;
    const up = above[x] ?? 0;
    const corner = above[x - channels] ?? 0;
    const guesses = [0, left, up, (left + up) >> 1, paeth(left, up, corner)];
    line[x] = (line[x] ?? 0) + (guesses[filter] ?? 0);
  }
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [byLeft, byUp, byCorner] = [left, up, corner].map((one) => Math.abs(guess - one)) as [number, number, number];
  if (byLeft <= byUp && byLeft <= byCorner) return left;
  return byUp <= byCorner ? up : corner;
}
