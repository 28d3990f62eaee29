import process from "node:process";
import { parseReference } from "../../registry/mod.ts";
import { digestOf } from "../images/image_name.ts";
import { describePin, type Pin, pinKey, toPin } from "../images/pins/pin.ts";
import type { CommandContext } from "./command_line.ts";
import { exitCodes } from "./exit_code.ts";
import type { PinFlags } from "./image_inventory.ts";
import { readImageState } from "./image_state.ts";
import { UsageError } from "./usage_error.ts";

/** `mesos-docker image pin`: pins, or without anything to pin, all pins that there are. */
export async function pin(images: readonly string[], flags: PinFlags, { variables }: CommandContext): Promise<number> {
  const { pins } = readImageState(variables);
  const wanted = readPins(images, flags);
  if (wanted.length === 0) {
    const found = (await pins.list()).sort((one, other) => (pinKey(one) < pinKey(other) ? -1 : 1));
    for (const one of found) print(one, flags);
    return exitCodes.done;
  }
  for (const one of wanted) {
    await pins.put(pinKey(one), { ...one, pinnedAtMs: Date.now() });
    print(one, flags);
  }
  return exitCodes.done;
}

/** `mesos-docker image unpin`. Exit code 1 when one was not pinned. */
export async function unpin(
  images: readonly string[],
  flags: PinFlags,
  { variables }: CommandContext,
): Promise<number> {
  const { pins } = readImageState(variables);
  const wanted = readPins(images, flags);
  if (wanted.length === 0) throw new UsageError("image unpin: name an image, or give --prefix or --label");
  let missing = 0;
  for (const one of wanted) {
    if (await pins.remove(pinKey(one))) {
      print(one, flags);
      continue;
    }
    missing++;
    process.stderr.write(`mesos-docker: Cannot unpin "${one.value}": there is no pin of this ${one.kind}\n`);
  }
  return missing === 0 ? exitCodes.done : exitCodes.failed;
}

function readPins(images: readonly string[], { prefix, label }: PinFlags): Pin[] {
  return [
    ...images.map(readImage),
    ...prefix.map((value) => ({ kind: "prefix" as const, value: requireText("--prefix", value) })),
    ...label.map((value) => ({ kind: "label" as const, value: requireText("--label", value) })),
  ];
}

/** A digest alone is no reference, and may be pinned as well. */
function readImage(text: string): Pin {
  if (digestOf(text) !== text) parseReference(text);
  return toPin(text);
}

function requireText(flag: string, text: string): string {
  if (text === "" || text.startsWith("=")) throw new UsageError(`${flag} is "${text}", which would keep nothing`);
  return text;
}

function print(one: Pin, { json }: PinFlags): void {
  const { kind, value } = one;
  process.stdout.write(`${json ? JSON.stringify({ kind, value }) : describePin(one)}\n`);
}
