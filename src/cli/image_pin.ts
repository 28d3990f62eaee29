import process from "node:process";
import { EngineError, openEngine } from "../docker/mod.ts";
import { ConfigFile } from "../images/config/config_file.ts";
import { toPinnable } from "../images/inventory/assemble.ts";
import { findKnownManifests } from "../images/inventory/known_manifests.ts";
import { describePin, isPinnedBy, isPinText, type Pin, parsePin, pinKey, toPinJson } from "../images/pins/pin.ts";
import { StateError } from "../images/state/state_error.ts";
import type { CommandContext } from "./command_line.ts";
import { readDockerHost } from "./docker_host.ts";
import { exitCodes } from "./exit_code.ts";
import type { PinFlags } from "./image_inventory.ts";
import { readImageState } from "./image_state.ts";
import { UsageError } from "./usage_error.ts";

/** `mesos-docker image pin`: pins, or without anything to pin, all pins that there are. */
export async function pin(images: readonly string[], flags: PinFlags, context: CommandContext): Promise<number> {
  const { pins } = readImageState(context.variables);
  const wanted = readPins(images, flags);
  if (wanted.length === 0) {
    const found = [...(await pins.list()), ...ConfigFile.open(context).current.pinned];
    for (const one of found.sort((a, b) => (pinKey(a) < pinKey(b) ? -1 : 1))) print(one, flags);
    return exitCodes.done;
  }
  for (const one of wanted) {
    await pins.put(pinKey(one), { ...one, pinnedAtMs: Date.now() });
    print(one, flags);
  }
  for (const one of await findIdle(wanted, context)) {
    process.stderr.write(`mesos-docker: No image is here that the pin of ${describePin(one)} keeps\n`);
  }
  return exitCodes.done;
}

/** `mesos-docker image unpin`. Exit code 1 when one was not pinned, or stays so by the configuration. */
export async function unpin(images: readonly string[], flags: PinFlags, context: CommandContext): Promise<number> {
  const { pins } = readImageState(context.variables);
  const wanted = readPins(images, flags);
  if (wanted.length === 0) throw new UsageError("image unpin: name an image, or give --prefix or --label");
  const stated = new Map(ConfigFile.open(context).current.pinned.map((one) => [pinKey(one), one.statedIn]));
  let undone = 0;
  for (const one of wanted) {
    const isRemoved = await pins.remove(pinKey(one));
    if (isRemoved) print(one, flags);
    const statedIn = stated.get(pinKey(one));
    if (isRemoved && statedIn === undefined) continue;
    undone++;
    const found =
      statedIn === undefined ? `there is no pin of this ${one.kind}` : `it is ${statedIn}: take it out there`;
    process.stderr.write(`mesos-docker: Cannot unpin "${one.value}": ${found}\n`);
  }
  return undone === 0 ? exitCodes.done : exitCodes.failed;
}

/** Those that keep no image of the daemon, which may be a mistake; nobody can tell without a daemon. */
async function findIdle(wanted: readonly Pin[], { variables, log }: CommandContext): Promise<Pin[]> {
  const { folder, arrivals } = readImageState(variables);
  try {
    await using engine = openEngine(readDockerHost(variables), { log });
    const listed = await engine.listImages();
    const texts = wanted.map(({ value }) => value);
    const known = await findKnownManifests(folder, texts, await arrivals.list());
    const images = listed.map((image) => toPinnable(image, known));
    return wanted.filter((one) => !images.some((image) => isPinnedBy(one, image)));
  } catch (error) {
    if (!(error instanceof EngineError || error instanceof StateError)) throw error;
    log.debug("it is not known what the pins keep", { error: error.message });
    return [];
  }
}

/** Each once, however often it is named. */
function readPins(images: readonly string[], { prefix, label }: PinFlags): Pin[] {
  const named: Pin[] = [
    ...images.map(parsePin),
    ...prefix.map((value) => ({ kind: "prefix" as const, value: requireText("--prefix", value) })),
    ...label.map((value) => ({ kind: "label" as const, value: requireText("--label", value) })),
  ];
  return [...new Map(named.map((one) => [pinKey(one), one])).values()];
}

function requireText(flag: string, text: string): string {
  if (!isPinText(text)) throw new UsageError(`${flag} is "${text}", which would keep nothing`);
  return text;
}

function print(one: Pin, { json }: PinFlags): void {
  process.stdout.write(`${json ? JSON.stringify(toPinJson(one)) : describePin(one)}\n`);
}
