import type { DeviceMapping, DeviceRequest } from "../../../../docker/mod.ts";
import { ParameterFault, readPart, unexpected } from "../fault.ts";
import { type Flag, type Flags, hostItem } from "../flag.ts";
import { cutPair, parseFields, parsePair } from "../values/fields.ts";
import { integer } from "../values/numbers.ts";
import { matching } from "../values/text.ts";

const parseRule = matching(/^[acb] (\d+|\*):(\d+|\*) [rwm]{1,3}$/, "a rule such as c 1:3 rwm");

/** The driver that finds devices by their names in the Container Device Interface. */
const cdiDriver = "cdi";

/** Devices of the host, by path, by rule, by name, or as a driver chooses them. */
export const deviceFlags: Flags = {
  device: device(),
  "device-cgroup-rule": hostItem("DeviceCgroupRules", parseRule),
  gpus: hostItem("DeviceRequests", parseGpus),
};

function device(): Flag {
  return {
    takes: "value",
    apply: (value, { draft, source }) => {
      if (!isDeviceName(value)) {
        draft.host.add("Devices", [parseDevice(value)], source);
        return;
      }
      const requests = draft.host.get("DeviceRequests") ?? [];
      const named = requests.find(({ Driver }) => Driver === cdiDriver);
      const request = { Driver: cdiDriver, DeviceIDs: [...(named?.DeviceIDs ?? []), value] };
      draft.host.set("DeviceRequests", [...requests.filter((other) => other !== named), request], source);
    },
  };
}

/** `vendor.com/class=name`. */
function isDeviceName(text: string): boolean {
  return /^[A-Za-z][\w.-]*\/[A-Za-z][\w-]*=[\w.:-]+$/.test(text);
}

/** `/dev/x`, `/dev/x:/dev/y`, `/dev/x:rw`, `/dev/x:/dev/y:rw`. */
function parseDevice(text: string): DeviceMapping {
  const [, path, target, mode] = /^(\/[^:]*)(?::(\/[^:]*))?(?::([rwm]{1,3}))?$/.exec(text) ?? [];
  if (path === undefined) throw unexpected(text, "a device such as /dev/x:/dev/y:rwm or vendor.com/class=name");
  return { PathOnHost: path, PathInContainer: target ?? path, CgroupPermissions: mode ?? "rwm" };
}

/** `all`, `2`, `"device=0,1",capabilities=utility`; the quotes may be left out, which Docker's own reader refuses. */
function parseGpus(text: string): DeviceRequest {
  const options = new Map<string, string>();
  for (const field of joinLists(parseFields(text))) {
    const { name, value } = cutPair(field);
    const [key, said] = value === undefined ? ["count", name] : [name, value];
    if (options.has(key)) throw new ParameterFault(`says option "${key}" twice`);
    options.set(key, said);
  }
  for (const key of options.keys()) {
    if (!gpuKeys.has(key)) throw new ParameterFault(`has option "${key}", expected one of ${[...gpuKeys].join(", ")}`);
  }
  const devices = options.get("device")?.split(",");
  const count = options.get("count") ?? (devices ? undefined : "1");
  if (devices && count !== undefined) throw new ParameterFault("has a count beside devices, expected one of them");
  const capabilities = options.get("capabilities")?.split(",") ?? [];
  const settings = options.get("options");
  return {
    Driver: options.get("driver") ?? "",
    ...(count === undefined ? {} : { Count: count === "all" ? -1 : readPart("count", () => integer(-1)(count)) }),
    ...(devices ? { DeviceIDs: devices } : {}),
    Capabilities: [[...capabilities.filter((capability) => capability !== "gpu"), "gpu"]],
    ...(settings === undefined ? {} : { Options: toOptions(settings) }),
  };
}

const gpuKeys = new Set(["count", "device", "driver", "capabilities", "options"]);

/** Puts `device=0` and the `1` behind it together again. */
function joinLists(fields: readonly string[]): string[] {
  const joined: string[] = [];
  for (const field of fields) {
    const last = joined.at(-1);
    const isMore = last !== undefined && /^(device|capabilities)=/.test(last) && !field.includes("=");
    if (isMore) joined.splice(-1, 1, `${last},${field}`);
    else joined.push(field);
  }
  return joined;
}

function toOptions(text: string): Record<string, string> {
  const pairs = parseFields(text).map(parsePair);
  return Object.fromEntries(pairs.map(({ name, value }) => [name, value]));
}
