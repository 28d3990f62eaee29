import assert from "node:assert/strict";
import { test } from "node:test";
import { TaskError } from "../../../../src/executor/task/task_error.ts";
import { applyAll, applySaid, fieldsOf, source } from "./drafted.ts";

test("applyParameters() drafts the parameters of acceptance case 26", () => {
  const { draft, warnings } = applySaid([
    ["label", "k=v"],
    ["ulimit", "nofile=1024"],
    ["cap-add", "NET_ADMIN"],
    ["net", "mynet"],
    ["memory", "256m"],
    ["memory-swap", "256m"],
    ["env", "X=1"],
  ]);
  assert.deepEqual(fieldsOf(draft), {
    Labels: { k: "v" },
    Ulimits: [{ Name: "nofile", Soft: 1024, Hard: 1024 }],
    CapAdd: ["NET_ADMIN"],
    networkMode: "mynet",
    Memory: 268_435_456,
    MemorySwap: 268_435_456,
    env: { X: "1" },
  });
  assert.deepEqual(warnings, []);
});

test("applyParameters() without parameters leaves a draft alone", () => {
  const { draft, warnings } = applySaid([], { prepare: ({ host }) => host.set("NanoCpus", 1, "x") });
  assert.deepEqual(fieldsOf(draft), { NanoCpus: 1 });
  assert.deepEqual(warnings, []);
});

test("applyParameters() takes the last of a single value", () => {
  const said = [
    ["user", "a"],
    ["user", "b"],
  ] as const;
  assert.deepEqual(fieldsOf(applySaid(said).draft), { User: "b" });
});

test("applyParameters() writes down who said a field, and by which key", () => {
  const { draft } = applySaid([
    ["net", "mynet"],
    ["ip", "10.0.0.2"],
    ["env", "X=1"],
    ["platform", "linux/arm64"],
  ]);
  assert.deepEqual(Object.fromEntries(draft.sources), {
    "HostConfig.NetworkMode": ["DockerInfo.parameters net"],
    "NetworkingConfig.EndpointsConfig": ["DockerInfo.parameters net, DockerInfo.parameters ip"],
    "Env.X": ["DockerInfo.parameters env"],
    platform: ["DockerInfo.parameters platform"],
  });
});

test("applyParameters() names every fault at once", () => {
  const said = [
    ["foo", "1"],
    ["memory", "12x"],
    ["rm", ""],
    ["cpus", "1"],
    ["cpu-quota", "5000"],
  ] as const;
  const message =
    'Cannot use parameters: "foo" is unknown; "memory" is "12x", expected a size such as 256m; ' +
    '"rm" is not possible: the container is removed by the executor, and its exit status would be lost; ' +
    "HostConfig.NanoCpus 1000000000 (DockerInfo.parameters cpus) excludes " +
    "HostConfig.CpuQuota 5000 (DockerInfo.parameters cpu-quota)";
  assert.throws(() => applySaid(said), new TaskError("invalid", message));
});

test("applyParameters() names the source of each fault when there are several", () => {
  const parameters = [
    { key: "foo", value: "", source },
    { key: "bar", value: "", source: "TaskInfo.data parameters" },
  ];
  const message =
    'Cannot use parameters: "foo" is unknown (DockerInfo.parameters); "bar" is unknown (TaskInfo.data parameters)';
  assert.throws(() => applyAll(parameters), new TaskError("invalid", message));
});

for (const key of ["constructor", "__proto__", "toString", "", "--memory", "Memory", "volume-", "m"]) {
  test(`applyParameters() does not know ${JSON.stringify(key)}`, () => {
    const message = `Cannot use parameters: ${JSON.stringify(key)} is unknown`;
    assert.throws(() => applySaid([[key, ""]]), new TaskError("invalid", message));
  });
}

test("applyParameters() does not blame the network for one that it could not read", () => {
  const said = [
    ["net", "name=a,ip=x"],
    ["network-alias", "b"],
  ] as const;
  const message = 'Cannot use parameters: "net" option "ip" is "x", expected an IPv4 address';
  assert.throws(() => applySaid(said), new TaskError("invalid", message));
});

test("applyParameters() warns of keys that the operator wants ignored, under any of their names", () => {
  const said = [
    ["rm", "true"],
    ["memory", "12x"],
    ["net", "host"],
    ["foo", "1"],
  ] as const;
  const { draft, warnings } = applySaid(said, { ignored: ["rm", "memory", "network", "foo"] });
  assert.deepEqual(fieldsOf(draft), {});
  assert.deepEqual(
    warnings,
    ["rm", "memory", "net", "foo"].map(
      (key) => `Parameter "${key}" of DockerInfo.parameters is ignored, as the operator wants it`,
    ),
  );
});

test("applyParameters() keeps values that may be secret out of its faults", () => {
  const said = [
    ["env", "=hunter2"],
    ["log-opt", "=hunter2"],
    ["label", "=hunter2"],
    ["mount", "dst=/x,password=hunter2"],
    ["gpus", "password=hunter2"],
  ] as const;
  assert.throws(
    () => applySaid(said),
    (error) => error instanceof TaskError && !error.message.includes("hunter2"),
  );
});

test("applyParameters() shortens long values in its faults", () => {
  assert.throws(
    () => applySaid([["memory", "9".repeat(5000)]]),
    (error) => error instanceof TaskError && error.message.length < 200 && error.message.includes("9…"),
  );
});

test("applyParameters() keeps addresses of the task in a network that a parameter names again", () => {
  const { draft, warnings } = applySaid(
    [
      ["net", "web"],
      ["network-alias", "b"],
      ["network", "other"],
    ],
    {
      prepare: (wanted) => {
        wanted.setNetwork("web", "network_infos");
        wanted.setEndpoint("web", { Aliases: ["a"], IPAMConfig: { IPv4Address: "10.0.0.2" } });
      },
    },
  );
  assert.deepEqual(
    [...draft.endpoints],
    [
      ["web", { Aliases: ["a", "b"], IPAMConfig: { IPv4Address: "10.0.0.2" } }],
      ["other", {}],
    ],
  );
  assert.deepEqual(warnings, []);
});

test("applyParameters() leaves out addresses in a network that a parameter replaces, with a warning", () => {
  const { draft, warnings } = applySaid([["net", "host"]], {
    prepare: (wanted) => {
      wanted.setNetwork("web", "network_infos");
      wanted.setEndpoint("web", { IPAMConfig: { IPv4Address: "10.0.0.2" } });
    },
  });
  assert.deepEqual(fieldsOf(draft), { networkMode: "host" });
  assert.deepEqual(warnings, [
    'DockerInfo.parameters net replaces network "web", and what was said of the container in it is left out',
  ]);
});
