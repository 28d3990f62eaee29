import assert from "node:assert/strict";
import { test } from "node:test";
import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { TaskInfoSchema } from "../../../proto/slim/mesos/v1/mesos_pb.ts";
import { TaskError } from "../../../src/executor/task_error.ts";
import { refuseUnsupported } from "../../../src/executor/translation/unsupported.ts";
import { createTask, scalar, type TaskInit } from "../task_specimen.ts";

/** Fields that the executor honours, or that ask nothing of it. What is not here must be refused by name. */
const honoured = new Set([
  "name",
  "task_id.value",
  "agent_id.value",
  "data",
  "kill_policy.grace_period.nanoseconds",
  "limits.value",
  "command.shell",
  "command.value",
  "command.arguments",
  "command.environment.variables.name",
  "command.environment.variables.type",
  "command.environment.variables.value",
  "container.type",
  "container.hostname",
  "container.network_infos.name",
  "container.network_infos.labels.labels.key",
  "container.network_infos.labels.labels.value",
  "container.volumes.mode",
  "container.volumes.container_path",
  "container.volumes.host_path",
  "container.docker.image",
  "container.docker.network",
  "container.docker.port_mappings.host_port",
  "container.docker.port_mappings.container_port",
  "container.docker.port_mappings.protocol",
  "container.docker.privileged",
  "container.docker.force_pull_image",
  "resources.scalar.value",
  "resources.ranges.range.begin",
  "resources.ranges.range.end",
  "resources.allocation_info.role",
]);

/** What the agent and the master do themselves, or what only they and frameworks read; their fields are their business. */
const othersBusiness = [
  "executor.",
  "labels.",
  "discovery.",
  "command.uris.",
  // The secret of a variable: toVariables() refuses the variable itself, by its name.
  "command.environment.variables.secret.",
  "resources.provider_id.",
  "resources.type",
  "resources.set.",
  "resources.role",
  "resources.reservation.",
  "resources.reservations.",
  "resources.revocable",
  "resources.shared",
  "resources.disk.volume.",
  "resources.disk.source.",
];

interface Leaf {
  path: string;
  fields: readonly DescField[];
}

/** Every field below a message that is no message itself; a message inside itself is not entered again. */
function listLeaves(message: DescMessage, above: readonly DescField[]): Leaf[] {
  return message.fields.flatMap((field) => {
    const fields = [...above, field];
    const path = fields.map(({ name }) => name).join(".");
    const entered = [TaskInfoSchema.typeName, ...above.map((one) => one.message?.typeName)];
    const isLeaf = !field.message || entered.includes(field.message.typeName) || field.message.fields.length === 0;
    return isLeaf ? [{ path, fields }] : listLeaves(field.message as DescMessage, fields);
  });
}

/** A message in which only the field at the end of the path is set. */
function setOnly([field, ...below]: readonly DescField[]): TaskInit {
  if (!field) return {};
  const value = field.message ? setOnly(below) : toSample(field);
  const kept = field.fieldKind === "list" ? [value] : field.fieldKind === "map" ? { cpus: value } : value;
  if (field.oneof) return { [field.oneof.localName]: { case: field.localName, value: kept } } as TaskInit;
  return { [field.localName]: kept } as TaskInit;
}

function toSample(field: DescField): unknown {
  if (field.enum) return field.enum.values.at(-1)?.number;
  switch (field.scalar) {
    case ScalarType.STRING:
      return "specimen";
    case ScalarType.BOOL:
      return true;
    case ScalarType.BYTES:
      return new Uint8Array([1]);
    case ScalarType.INT64:
    case ScalarType.UINT64:
      return 1n;
    default:
      return 1;
  }
}

/** A resource needs a name that is known, or it is refused for that. */
function toInit({ path, fields }: Leaf): TaskInit {
  const init = setOnly(fields);
  if (!path.startsWith("resources.")) return init;
  return { resources: (init.resources ?? []).map((resource) => ({ name: "disk", ...resource })) };
}

const leaves = listLeaves(TaskInfoSchema, []);

test("refuseUnsupported() is tried with every field of the schema", () => {
  const paths = new Set(leaves.map(({ path }) => path));
  assert.ok(paths.size > 200, `${paths.size} fields`);
  for (const path of honoured) assert.ok(paths.has(path), `${path} is a field of the schema`);
  for (const prefix of othersBusiness)
    assert.ok(
      [...paths].some((path) => path.startsWith(prefix)),
      prefix,
    );
});

for (const leaf of leaves) {
  const { path } = leaf;
  if (honoured.has(path) || othersBusiness.some((prefix) => path.startsWith(prefix))) {
    test(`refuseUnsupported() lets ${path} pass`, () => {
      refuseUnsupported(createTask(toInit(leaf)));
    });
    continue;
  }
  test(`refuseUnsupported() refuses ${path}`, () => {
    assert.throws(
      () => refuseUnsupported(createTask(toInit(leaf))),
      (error) => {
        assert.ok(error instanceof TaskError);
        assert.equal(error.code, "unsupported");
        const [, named] = /^Cannot honour TaskInfo fields: ([a-z0-9_.]+)$/.exec(error.message) ?? [];
        const expected = path === "resources.name" ? "resources.specimen" : path;
        assert.ok(named !== undefined && `${expected}.`.startsWith(`${named}.`), error.message);
        return true;
      },
    );
  });
}

/** Every field that is refused, with no field of its own needed to say so. */
const refusals: Readonly<Record<string, TaskInit>> = {
  check: { check: {} },
  health_check: { healthCheck: {} },
  max_completion_time: { maxCompletionTime: { nanoseconds: 0n } },
  "command.user": { command: { user: "nobody" } },
  "container.mesos": { container: { mesos: {} } },
  "container.linux_info": { container: { linuxInfo: {} } },
  "container.rlimit_info": { container: { rlimitInfo: {} } },
  "container.tty_info": { container: { ttyInfo: {} } },
  "container.docker.parameters": { container: { docker: { parameters: [{ key: "init", value: "true" }] } } },
  "container.docker.volume_driver": { container: { docker: { volumeDriver: "rexray" } } },
  "container.volumes.image": { container: { volumes: [{ image: {} }] } },
  "container.volumes.source": { container: { volumes: [{ hostPath: "/h", source: {} }] } },
  "container.network_infos.ip_addresses": { container: { networkInfos: [{ ipAddresses: [{}] }] } },
  "container.network_infos.groups": { container: { networkInfos: [{ groups: ["g"] }] } },
  "container.network_infos.port_mappings": { container: { networkInfos: [{ portMappings: [{}] }] } },
  "resources.gpus": { resources: [scalar("gpus", 1)] },
  "resources.disk.persistence": { resources: [{ name: "disk", disk: { persistence: { id: "p" } } }] },
};

for (const [path, init] of Object.entries(refusals)) {
  test(`refuseUnsupported() names ${path} as it stands on the wire`, () => {
    assert.throws(() => refuseUnsupported(createTask(init)), {
      code: "unsupported",
      message: `Cannot honour TaskInfo fields: ${path}`,
    });
  });
}

test("refuseUnsupported() names every field at once, each one once", () => {
  const task = createTask({
    check: {},
    command: { user: "nobody" },
    container: { volumes: [{ source: {} }, { source: {} }] },
    resources: [scalar("gpus", 1), scalar("gpus", 2)],
  });
  assert.throws(() => refuseUnsupported(task), {
    message: "Cannot honour TaskInfo fields: command.user, container.volumes.source, check, resources.gpus",
  });
});

test("refuseUnsupported() takes empty lists and switches that are off for nothing asked", () => {
  refuseUnsupported(
    createTask({
      container: { docker: { privileged: false, parameters: [] }, networkInfos: [{ groups: [] }] },
      resources: [scalar("cpus", 1), scalar("mem", 32), scalar("disk", 10)],
    }),
  );
});

test("refuseUnsupported() refuses a limit of anything but cpus and mem", () => {
  assert.throws(() => refuseUnsupported(createTask({ limits: { cpus: { value: 1 }, gpus: { value: 1 } } })), {
    code: "unsupported",
    message: "Cannot honour TaskInfo fields: limits.gpus",
  });
});
