// The policy's file as a schema. Valibot is loaded with it, so this is imported only when there is a file.
import * as v from "valibot";
import { absolutePath as anyAbsolutePath, count, mapping, mappingOf, size } from "../../notation/fields.ts";
import { findFlag, toKey } from "../translation/parameters/flag_table.ts";
import { isCapability, toCapability } from "./capability.ts";
import { cleanPath } from "./host_path.ts";
import { toImagePrefix } from "./image_prefix.ts";

/** Prefix of the labels by which containers are found again; a policy may not say them. */
const ownLabels = "mesos-docker.";

const verdict = v.picklist(["allow", "deny"], "allow or deny");

const text = v.pipe(v.string("text"), v.nonEmpty("text"));

const absolutePath = v.pipe(anyAbsolutePath, v.transform(cleanPath));

const cgroupPath = v.pipe(text, v.transform(cleanPath));

const capability = v.pipe(
  v.string("a capability"),
  v.transform(toCapability),
  v.check(isCapability, "a capability such as NET_ADMIN, or ALL"),
);

const device = v.pipe(
  v.string("an absolute path or a word such as gpu"),
  v.check((entry) => /^\/|^[a-z0-9][a-z0-9._-]*$/i.test(entry), "an absolute path or a word such as gpu"),
  v.transform((entry) => (entry.startsWith("/") ? cleanPath(entry) : entry.toLowerCase())),
);

/** Of what this executor would refuse anyway, so any. */
const anyKey = v.pipe(text, v.transform(toKey));

const flagKey = v.pipe(
  v.string("a flag of docker run"),
  v.check((key) => findFlag(key) !== undefined, "a flag of docker run without dashes before it"),
  v.transform(toKey),
);

const imagePrefixText = "a registry and a path, e.g. docker.io/library/ or registry.local:5000/app";
const imagePrefix = v.pipe(
  v.string(imagePrefixText),
  v.check((entry) => toImagePrefix(entry) !== undefined, imagePrefixText),
  v.transform((entry) => toImagePrefix(entry) ?? entry),
);

type Entry = v.GenericSchema<unknown, string>;

function lists(entry: Entry) {
  const list = v.array(entry, "a list");
  return { allow: v.optional(list), deny: v.optional(list, []) };
}

/** `allow`, `deny`, or lists of either. */
function accessRule(entry: Entry) {
  const words = v.pipe(
    v.picklist(["allow", "deny"], "allow, deny, or a mapping of both to lists"),
    v.transform((word) => (word === "allow" ? { deny: [] } : { allow: [], deny: [] })),
  );
  const rule = mapping(lists(entry));
  return v.optional(
    v.lazy(
      (input): v.GenericSchema<unknown, { allow?: string[] | undefined; deny: string[] }> =>
        typeof input === "object" && input !== null ? rule : words,
    ),
  );
}

const pidsLimit = v.pipe(
  mapping({ default: v.optional(count), max: v.optional(count) }),
  v.forward(
    v.check(({ default: start, max }) => !start || !max || start <= max, "no more than pids_limit.max"),
    ["default"],
  ),
);

const labelKey = v.pipe(
  v.string(),
  v.nonEmpty("empty key"),
  v.check((key) => !key.startsWith(ownLabels), "key of the executor's own"),
);

const labels = mappingOf(labelKey, v.string("text, in quotes when it looks like something else"));

/** The whole file. */
export const policySchema = mapping({
  version: v.literal(1, "1"),
  privileged: v.optional(verdict),
  host_network: v.optional(verdict),
  host_namespaces: v.optional(verdict),
  capabilities: accessRule(capability),
  security_options: v.optional(verdict),
  host_mounts: accessRule(absolutePath),
  volume_drivers: accessRule(text),
  devices: accessRule(device),
  parameters: v.optional(mapping({ ...lists(flagKey), ignore: v.optional(v.array(anyKey, "a list"), []) })),
  registries: accessRule(imagePrefix),
  image_archives: v.optional(verdict),
  runtimes: accessRule(text),
  cgroup_parent: accessRule(cgroupPath),
  published_ports: v.optional(v.picklist(["offered", "any"], "offered or any")),
  root_user: v.optional(verdict),
  swap: v.optional(verdict),
  pids_limit: v.optional(pidsLimit),
  logs: v.optional(mapping({ max_size: v.optional(size), max_files: v.optional(count) })),
  disk: v.optional(v.picklist(["enforce", "ignore"], "enforce or ignore")),
  labels: v.optional(labels),
  seccomp_profiles: v.optional(absolutePath),
});

/** What the schema makes of a file. */
export type PolicyDocument = v.InferOutput<typeof policySchema>;
