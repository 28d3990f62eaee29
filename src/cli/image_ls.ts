import process from "node:process";
import { openEngine } from "../docker/mod.ts";
import { ConfigError } from "../images/config/config.ts";
import { ConfigFile } from "../images/config/config_file.ts";
import { toFullName } from "../images/image_name.ts";
import { effectiveUseMs, type InventoryImage } from "../images/inventory/inventory.ts";
import { openInventory } from "../images/inventory/inventory_keeper.ts";
import { type Pin, toFullPrefix } from "../images/pins/pin.ts";
import { StateError } from "../images/state/state_error.ts";
import type { CommandContext } from "./command_line.ts";
import { readDockerHost } from "./docker_host.ts";
import { exitCodes } from "./exit_code.ts";
import type { LsFlags } from "./image_inventory.ts";
import { toImageJson, toImageRow, toTable, toWarmedTitle } from "./image_lines.ts";
import { readImageState } from "./image_state.ts";

/** `mesos-docker image ls`: the images of the daemon, and those that were warmed and are missing. */
export async function ls(flags: LsFlags, { variables, log }: CommandContext): Promise<number> {
  const state = readImageState(variables);
  await using engine = openEngine(readDockerHost(variables), { log });
  const unreadable: StateError[] = [];
  const onUnreadable = (error: StateError) => unreadable.push(error);
  const pinned = readPinned({ variables, log });
  const keeper = await openInventory(engine, state, { log, onUnreadable, stated: () => pinned });
  const { images, missing, takenMs } = await keeper.take();
  const chosen = images.filter((image) => isChosen(image, flags)).sort(orders[flags.sort]);
  const lines = flags.json
    ? [...chosen.map(toImageJson), ...missing.map((warmed) => ({ missing: true, ...warmed }))].map((one) =>
        JSON.stringify(one),
      )
    : toTable(chosen.map((image) => toImageRow(image, takenMs)));
  if (!flags.json) lines.push(...missing.map((warmed) => `${toWarmedTitle(warmed)} was warmed, and is missing`));
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
  const { folder } = state;
  const [broken] = unreadable;
  if (broken !== undefined) log.warn("pins and earlier uses are not known", { folder, error: broken.message });
  else await save(keeper, (error) => log.warn("uses are not remembered", { folder, error: error.message }));
  return exitCodes.done;
}

/** A configuration that cannot be used keeps nobody from looking. */
function readPinned(context: CommandContext): readonly Pin[] {
  try {
    return ConfigFile.open(context).current.pinned;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    context.log.warn("pins of the configuration are not known", { error: error.message });
    return [];
  }
}

/** Whoever may ask the daemon may not have to be able to write here. */
async function save(keeper: { save(): Promise<void> }, onUnwritable: (error: StateError) => void): Promise<void> {
  try {
    await keeper.save();
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    onUnwritable(error);
  }
}

function isChosen({ names, digests, users }: InventoryImage, { prefix, unused, dangling }: LsFlags): boolean {
  const all = [...names, ...digests];
  if (unused && users.length > 0) return false;
  if (dangling && all.length > 0) return false;
  if (prefix.length === 0 || prefix.includes("")) return true;
  const prefixes = prefix.map(toFullPrefix);
  return all.some((name) => prefixes.some((one) => toFullName(name).startsWith(one)));
}

type Order = (one: InventoryImage, other: InventoryImage) => number;

const byName: Order = (one, other) => nameOf(one).localeCompare(nameOf(other), "en");

/** Largest first, and used last first. */
const orders: Record<LsFlags["sort"], Order> = {
  name: byName,
  size: (one, other) => other.sizeBytes - one.sizeBytes || byName(one, other),
  unique: (one, other) => other.uniqueBytes - one.uniqueBytes || byName(one, other),
  used: (one, other) => effectiveUseMs(other) - effectiveUseMs(one) || byName(one, other),
};

function nameOf({ names, digests, id }: InventoryImage): string {
  return names[0] ?? digests[0] ?? id;
}
