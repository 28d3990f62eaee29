// The operator's policy: what it denies, what it adds, and what becomes of tasks when it cannot be read.
import assert from "node:assert/strict";
import { TaskState, TaskStatus_Reason, Volume_Mode } from "../../src/mesos/protocol.ts";
import { type Fixture, openFixture } from "../fakes/own_runtime.ts";
import { type DockerBench, testOnDocker } from "./cases.ts";
import { cgroups, lookInside } from "./inside.ts";
import { openTestCluster, type TestCluster } from "./test_cluster.ts";
import { flags, type TestTask } from "./test_task.ts";

/** A cluster whose operator has written this policy. */
async function openWithPolicy(bench: DockerBench, folder: Fixture, text: string): Promise<TestCluster> {
  const path = await folder.write("policy.yaml", text);
  return await openTestCluster(bench, { executorEnvironment: { MESOS_DOCKER_POLICY: path } });
}

const strict = `
version: 1
privileged: deny
host_network: deny
capabilities: { deny: [NET_ADMIN] }
host_mounts: { allow: [/srv] }
registries: { deny: [docker.io/library/] }
parameters: { deny: [ulimit] }
devices: deny
pids_limit: { default: 55, max: 60 }
labels: { site: here }
`;

const { RW } = Volume_Mode;

const denied: [what: string, task: TestTask, rule: string][] = [
  ["privileged", { document: { privileged: true } }, 'privileged (rule "privileged: deny")'],
  ["the host's network", { network: "host" }, 'network of the host (rule "host_network: deny")'],
  ["a capability", { parameters: flags("cap-add=net_admin") }, 'capability NET_ADMIN (rule "capabilities")'],
  [
    "a path of the host",
    { container: { volumes: [{ hostPath: "/srv/../etc", containerPath: "/etc", mode: RW }] } },
    'host mount "/etc" (rule "host_mounts")',
  ],
  ["an image", { image: "alpine:3" }, 'image "alpine:3" (rule "registries")'],
  ["a parameter", { parameters: flags("ulimit=nofile=64") }, 'parameter "ulimit" (rule "parameters")'],
  ["a device", { parameters: flags("device=/dev/fuse") }, 'device "/dev/fuse" (rule "devices")'],
  ["processes", { parameters: flags("pids-limit=61") }, 'a limit of 61 processes (rule "pids_limit.max: 60")'],
];

testOnDocker("a policy denies a task by the name of its rule", async (bench) => {
  await using folder = await openFixture();
  await using cluster = await openWithPolicy(bench, folder, strict);
  for (const [what, task] of denied) cluster.launch(what.replaceAll(/\W+/g, "-"), { ...task, executorId: "shared" });
  for (const [what, , rule] of denied) {
    const { state, reason, message } = await cluster.book.end(what.replaceAll(/\W+/g, "-"));
    assert.equal(message, `The policy ${folder.path}/policy.yaml denies this task: ${rule}`);
    assert.deepEqual([state, reason], [TaskState.TASK_ERROR, TaskStatus_Reason.TASK_UNAUTHORIZED]);
  }
  assert.deepEqual(await cluster.containers(), []);
});

testOnDocker("a policy adds its defaults, and leaves alone what it does not deny", async (bench) => {
  await using folder = await openFixture();
  await using cluster = await openWithPolicy(bench, folder, strict);
  const pids = { v1: "cat /sys/fs/cgroup/pids/pids.max", v2: "cat /sys/fs/cgroup/pids.max" }[cgroups];
  // The agent's own paths are no host mounts: the sandbox, and a persistent volume beside it.
  const resources = { role: "db", volumes: [{ id: "records", size: 8, containerPath: "data" }] };
  const questions = { pids, volume: "touch /mnt/mesos/sandbox/data/file && echo written" };
  const found = await lookInside(cluster, { resources }, questions, "default");
  assert.deepEqual(found, { pids: "55", volume: "written" });
  assert.deepEqual(await lookInside(cluster, { parameters: flags("pids-limit=60") }, { pids }, "own"), { pids: "60" });
  const { raw } = await cluster.run("labelled", {
    shell: "sleep 60",
    parameters: flags("label=site=elsewhere"),
    graceMs: 0,
  });
  assert.equal((raw as { Config: { Labels: Record<string, string> } }).Config.Labels.site, "here");
  cluster.kill("labelled");
  await cluster.book.end("labelled");
});

testOnDocker("a policy's limits of output go before the task's own", async (bench) => {
  await using folder = await openFixture();
  await using cluster = await openWithPolicy(bench, folder, "version: 1\nlogs: { max_size: 1k, max_files: 2 }\n");
  cluster.launch("task", { shell: "seq 100000 100999", document: { logs: { maxSize: "1m", maxFiles: 9 } } });
  await cluster.book.end("task");
  const [older, newer] = [await cluster.sandboxText("task", "stdout.1"), await cluster.sandboxText("task", "stdout")];
  assert.ok(older.length <= 1024 && newer.length <= 1024, `${older.length} and ${newer.length} bytes`);
  assert.ok(newer.endsWith("100999\n"));
  await assert.rejects(cluster.sandboxText("task", "stdout.2"), { code: "ENOENT" });
});

const broken: [what: string, text: string, faults: RegExp][] = [
  [
    "several faults",
    "version: 1\nprivileged: maybe\nhost_mounts: { allow: [relative] }\nsurprise: 1\n",
    /line 2: "privileged" is "maybe", expected allow or deny; line 3: .*"relative".*; line 4: unknown key "surprise"$/,
  ],
  ["no YAML", "version: [1\n", /policy\.yaml": line \d+: /],
];

for (const [what, text, faults] of broken) {
  testOnDocker(`a policy with ${what} refuses every task and says all that is wrong with it`, async (bench) => {
    await using folder = await openFixture();
    await using cluster = await openWithPolicy(bench, folder, text);
    for (const taskId of ["one", "two"]) cluster.launch(taskId, { executorId: "shared" });
    for (const taskId of ["one", "two"]) {
      const { state, reason, message } = await cluster.book.end(taskId);
      assert.deepEqual([state, reason], [TaskState.TASK_ERROR, TaskStatus_Reason.TASK_UNAUTHORIZED]);
      assert.match(message, faults);
    }
  });
}

testOnDocker("a policy that is named and not there refuses every task", async (bench) => {
  const executorEnvironment = { MESOS_DOCKER_POLICY: "/no/such/policy.yaml" };
  await using cluster = await openTestCluster(bench, { executorEnvironment });
  cluster.launch("task", {});
  const { message } = await cluster.book.end("task");
  assert.equal(message, 'Cannot use policy "/no/such/policy.yaml": it does not exist');
});
