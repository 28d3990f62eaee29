import assert from "node:assert/strict";
import { test } from "node:test";
import { admit, type Wanted } from "../../../src/executor/policy/admission.ts";
import { noPolicy } from "../../../src/executor/policy/policy.ts";
import { deniedBy, policyOf, wantedOf } from "./policy_specimen.ts";

/** Everything at once that any rule could deny. */
const greedy = wantedOf(
  {
    Privileged: true,
    NetworkMode: "host",
    PidMode: "host",
    CapAdd: ["ALL"],
    SecurityOpt: ["seccomp=unconfined"],
    Binds: ["/:/host", "v:/v"],
    VolumesFrom: ["other"],
    Devices: [{ PathOnHost: "/dev/sda", PathInContainer: "/dev/sda", CgroupPermissions: "rwm" }],
    DeviceRequests: [{ Count: -1, Capabilities: [["gpu"]] }],
    Runtime: "kata",
    CgroupParent: "/system.slice",
    PidsLimit: -1,
  },
  { parameters: ["privileged"] },
);

test("admit() allows everything without a policy", () => {
  admit(noPolicy, greedy);
});

test("admit() allows everything by a policy that says nothing of it", () => {
  assert.deepEqual(deniedBy(policyOf("labels: { team: platform }"), greedy), []);
});

test("admit() names every broken rule at once", () => {
  const policy = policyOf(
    "privileged: deny",
    "host_network: deny",
    "host_namespaces: deny",
    "capabilities: deny",
    "security_options: deny",
    "host_mounts: deny",
    "volume_drivers: deny",
    "devices: deny",
    "parameters: { deny: [privileged] }",
    "registries: { deny: [docker.io/] }",
    "runtimes: deny",
    "cgroup_parent: deny",
    "root_user: deny",
    "pids_limit: { max: 10 }",
  );
  assert.deepEqual(deniedBy(policy, greedy), [
    'privileged (rule "privileged: deny")',
    'capability ALL (rule "capabilities")',
    'network of the host (rule "host_network: deny")',
    'PidMode "host" (rule "host_namespaces: deny")',
    'volumes of container "other" (rule "host_namespaces: deny")',
    'security option "seccomp=unconfined" (rule "security_options: deny")',
    'the image\'s user, expected the number of one that is not root (rule "root_user: deny")',
    'host mount "/" (rule "host_mounts")',
    'device "/dev/sda" (rule "devices")',
    'device request "gpu" (rule "devices")',
    'volume driver "local" (rule "volume_drivers")',
    'image "busybox" (rule "registries")',
    'parameter "privileged" (rule "parameters")',
    'runtime "kata" (rule "runtimes")',
    'cgroup parent "/system.slice" (rule "cgroup_parent")',
    'processes without limit (rule "pids_limit.max: 10")',
  ]);
});

test("admit() allows a plain task by a policy that denies all it can", () => {
  const policy = policyOf(
    "privileged: deny",
    "host_network: deny",
    "host_namespaces: deny",
    "capabilities: deny",
    "security_options: deny",
    "host_mounts: deny",
    "volume_drivers: deny",
    "devices: deny",
    "parameters: { allow: [] }",
    "registries: { allow: [docker.io/library/] }",
    "runtimes: deny",
    "cgroup_parent: deny",
    "root_user: deny",
    "pids_limit: { max: 10 }",
  );
  const plain = wantedOf(
    { NetworkMode: "bridge", IpcMode: "private", PidsLimit: 10 },
    { config: { User: "1000:1000" } },
  );
  assert.deepEqual(deniedBy(policy, plain), []);
});

const images: [line: string, wanted: Partial<Wanted>, denied: string[]][] = [
  ["registries: { allow: [docker.io/library/] }", { image: "busybox" }, []],
  [
    "registries: { allow: [docker.io/library/] }",
    { image: "evil/busybox" },
    ['image "evil/busybox" (rule "registries")'],
  ],
  [
    "registries: { allow: [docker.io/library/] }",
    { extraImages: ["registry.local/data"] },
    ['image "registry.local/data" (rule "registries")'],
  ],
  [
    "registries: { allow: [docker.io/library/] }",
    { image: "4ab4c602aa5e" },
    ['image "4ab4c602aa5e", which may be an id (rule "registries")'],
  ],
  [
    "registries: { deny: [registry.local/] }",
    { image: "Registry.Local:443/a" },
    ['image "Registry.Local:443/a" (rule "registries")'],
  ],
  ["registries: { deny: [registry.local/] }", { image: "docker.io/library/4ab4c602aa5e" }, []],
  ["disk: enforce", { image: "4ab4c602aa5e" }, []],
];

for (const [line, wanted, denied] of images) {
  test(`admit() judges ${JSON.stringify(wanted)} by ${line}`, () => {
    assert.deepEqual(deniedBy(policyOf(line), wantedOf({}, wanted)), denied);
  });
}

test("admit() judges the image of the request and those it mounts, whatever else is said", () => {
  const policy = policyOf("registries: { allow: [docker.io/library/busybox] }");
  const mounts = [{ Type: "image", Source: "registry.local/data", Target: "/d" }] as const;
  const wanted = wantedOf({ Mounts: mounts }, { image: "busybox", config: { Image: "redis" } });
  assert.deepEqual(deniedBy(policy, { ...wanted, image: "busybox" }), [
    'image "redis" (rule "registries")',
    'image "registry.local/data" (rule "registries")',
  ]);
});

const parameters: [line: string, keys: string[], denied: string[]][] = [
  ["parameters: { deny: [network] }", ["net"], ['parameter "network" (rule "parameters")']],
  ["parameters: { deny: [net] }", ["network"], ['parameter "network" (rule "parameters")']],
  ["parameters: { deny: [network] }", ["hostname"], []],
  ["parameters: { allow: [ulimit] }", ["ulimit", "ulimit"], []],
  [
    "parameters: { allow: [ulimit] }",
    ["cap-add", "ulimit", "volume"],
    ['parameter "cap-add" (rule "parameters")', 'parameter "volume" (rule "parameters")'],
  ],
  ["parameters: { allow: [ulimit], ignore: [rm, network] }", ["rm", "net"], []],
];

for (const [line, keys, denied] of parameters) {
  test(`admit() judges parameters ${keys.join(", ")} by ${line}`, () => {
    assert.deepEqual(deniedBy(policyOf(line), wantedOf({}, { parameters: keys })), denied);
  });
}

const names: [line: string, field: "Runtime" | "CgroupParent", value: string, denied: string[]][] = [
  ["runtimes: { allow: [runc] }", "Runtime", "runc", []],
  ["runtimes: { allow: [runc] }", "Runtime", "kata", ['runtime "kata" (rule "runtimes")']],
  ["runtimes: { deny: [kata] }", "Runtime", "kata", ['runtime "kata" (rule "runtimes")']],
  ["runtimes: { deny: [kata] }", "Runtime", "runc", []],
  ["cgroup_parent: { allow: [/mesos] }", "CgroupParent", "/mesos/a", []],
  ["cgroup_parent: { allow: [mesos] }", "CgroupParent", "/mesos", []],
  ["cgroup_parent: { allow: [mesos.slice] }", "CgroupParent", "mesos.slice", []],
  [
    "cgroup_parent: { allow: [/mesos] }",
    "CgroupParent",
    "/mesosphere",
    ['cgroup parent "/mesosphere" (rule "cgroup_parent")'],
  ],
  [
    "cgroup_parent: { allow: [/mesos] }",
    "CgroupParent",
    "/mesos/../x",
    ['cgroup parent "/mesos/../x" (rule "cgroup_parent")'],
  ],
  ["cgroup_parent: deny", "CgroupParent", "mesos", ['cgroup parent "mesos" (rule "cgroup_parent")']],
];

for (const [line, field, value, denied] of names) {
  test(`admit() judges ${field} ${value} by ${line}`, () => {
    assert.deepEqual(deniedBy(policyOf(line), wantedOf({ [field]: value })), denied);
  });
}

test("admit() allows archives of images where every registry is allowed, unless they are denied or allowed themselves", () => {
  const wanted = { ...wantedOf({}), image: "docker.io/library/redis", imageArchive: "redis.tar" };
  const list = "registries: { allow: [docker.io/library/] }";
  assert.deepEqual(deniedBy(policyOf(), wanted), []);
  assert.deepEqual(deniedBy(policyOf("image_archives: deny"), wanted), [
    'image archive "redis.tar" (rule "image_archives: deny")',
  ]);
  assert.deepEqual(deniedBy(policyOf(list), wanted), [
    'image archive "redis.tar", which may call anything by any name (rule "registries")',
  ]);
  assert.deepEqual(deniedBy(policyOf(list, "image_archives: allow"), wanted), []);
  const other = { ...wanted, image: "reg.example/redis" };
  assert.deepEqual(deniedBy(policyOf(list, "image_archives: allow"), other), [
    'image "reg.example/redis" (rule "registries")',
  ]);
  const { imageArchive: _, ...pulled } = wanted;
  assert.deepEqual(deniedBy(policyOf(list, "image_archives: deny"), pulled), []);
});
