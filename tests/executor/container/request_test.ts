import assert from "node:assert/strict";
import { access, mkdir, readdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { StorageQuota } from "../../../src/executor/container/storage_quota.ts";
import { noPolicy, type Policy } from "../../../src/executor/policy/policy.ts";
import { ContainerInfo_DockerInfo_Network as Network, Secret_Type as SecretType } from "../../../src/mesos/protocol.ts";
import { plainImage, plainInfo } from "../../fakes/engine_specimens.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { createSpec, ports, scalar, type TaskInit } from "../task_specimen.ts";
import { openTemporaryFolder } from "../temporary_folder.ts";
import { bytesOf, docker, translate } from "../translation/translation_specimen.ts";
import { createParts, open } from "./request_bench.ts";

const read = (init: TaskInit, argv: string[] = []) => translate(init, { directory: "/absent/sandbox", argv });

test("openContainerRequest() makes the whole request", async () => {
  const parts = createParts();
  await using request = await open(read({ container: docker, command: { value: "exit 0" } }), parts);
  assert.deepEqual(request.create, {
    name: "task-t1-00",
    body: {
      Image: "busybox",
      Entrypoint: ["/bin/sh"],
      Cmd: ["-c", "exit 0"],
      Env: ["MESOS_SANDBOX=/mnt/mesos/sandbox", "MESOS_CONTAINER_NAME=task-t1-00"],
      Labels: { "mesos-docker.task": "t1" },
      HostConfig: { NetworkMode: "host", Binds: ["/absent/sandbox:/mnt/mesos/sandbox:rw"], Mounts: [] },
    },
  });
  assert.deepEqual(parts.engine.methods, ["inspectImage"]);
  assert.equal("sized" in request, false);
});

const denials: readonly { title: string; policy: Partial<Policy>; init: TaskInit; found: RegExp }[] = [
  {
    title: "privileges",
    policy: { privileged: "deny" },
    init: { container: { docker: { image: "redis", privileged: true } } },
    found: /rule "privileged/,
  },
  {
    title: "a registry",
    policy: { registries: { allow: ["reg.example/"], deny: [] } },
    init: { container: { docker: { image: "redis" } } },
    found: /image "redis" \(rule "registries/,
  },
  {
    title: "the registry of an image that is mounted",
    policy: { registries: { allow: ["reg.example/"], deny: [] } },
    init: {
      container: {
        docker: { image: "reg.example/redis" },
        volumes: [{ mode: 2, containerPath: "/c", image: { type: 2, docker: { name: "other" } } }],
      },
    },
    found: /image "other" \(rule "registries/,
  },
  {
    title: "a path of the host",
    policy: { hostMounts: { deny: ["/etc"] } },
    init: { container: { docker: { image: "redis" }, volumes: [{ mode: 2, containerPath: "/c", hostPath: "/etc" }] } },
    found: /host mount "\/etc" \(rule "host_mounts/,
  },
  {
    title: "a parameter",
    policy: { parameters: { deny: ["init"], ignore: [] } },
    init: { container: { docker: { image: "redis", parameters: [{ key: "init", value: "true" }] } } },
    found: /parameter "init" \(rule "parameters/,
  },
];

for (const { title, policy, init, found } of denials) {
  test(`openContainerRequest() asks the policy for ${title} before it asks the daemon for anything`, async () => {
    const parts = createParts({ policy: { ...noPolicy, ...policy } });
    await assert.rejects(open(read(init), parts), { name: "TaskError", code: "denied", message: found });
    assert.deepEqual(parts.engine.methods, []);
  });
}

test("openContainerRequest() asks the policy for the path that a link leads to", async () => {
  await using folder = await openTemporaryFolder();
  await mkdir(folder.at("sandbox"));
  await mkdir(folder.at("secret"));
  await symlink(folder.at("secret"), folder.at("sandbox", "link"));
  const directory = folder.at("sandbox");
  const init: TaskInit = { container: { ...docker, volumes: [{ mode: 1, containerPath: "/c", hostPath: "link" }] } };
  const policy: Policy = { ...noPolicy, hostMounts: { allow: ["/srv"], deny: [] } };
  const parts = createParts({ policy, directory });
  await assert.rejects(open(translate(init, { directory }), parts), {
    code: "denied",
    message: new RegExp(`host mount "${folder.at("secret")}"`),
  });
});

test("openContainerRequest() does not ask the policy for what no task chose: sandbox, persistent volume, secrets", async () => {
  await using folder = await openTemporaryFolder();
  const directory = folder.at("slaves", "S0", "sandbox");
  await mkdir(join(directory, "own"), { recursive: true });
  await mkdir(folder.at("volumes", "p1"), { recursive: true });
  await symlink(folder.at("volumes", "p1"), join(directory, "data"));
  const secret = { type: SecretType.VALUE, value: { data: bytesOf("x") } };
  const init: TaskInit = {
    container: {
      ...docker,
      volumes: [
        { mode: 1, containerPath: "/c", hostPath: "own" },
        { mode: 2, containerPath: "/s", source: { type: 3, secret } },
      ],
    },
    resources: [
      { ...scalar("disk", 1), disk: { persistence: { id: "p1" }, volume: { mode: 1, containerPath: "data" } } },
    ],
  };
  const parts = createParts({ policy: { ...noPolicy, hostMounts: { allow: ["/srv"], deny: [] } }, directory });
  const request = await open(translate(init, { directory }), parts);
  const { Mounts = [] } = request.create.body.HostConfig ?? {};
  const file = Mounts.find(({ Target }) => Target === "/s")?.Source ?? "";
  await access(file);
  await request[Symbol.asyncDispose]();
  await assert.rejects(access(file), { code: "ENOENT" });
});

test("openContainerRequest() asks the policy when a container has led a persistent volume elsewhere", async () => {
  await using folder = await openTemporaryFolder();
  const directory = folder.at("slaves", "S0", "sandbox");
  await mkdir(directory, { recursive: true });
  await mkdir(folder.at("volumes"), { recursive: true });
  await symlink("/etc", join(directory, "data"));
  const resources: TaskInit["resources"] = [
    { ...scalar("disk", 1), disk: { persistence: { id: "p1" }, volume: { mode: 1, containerPath: "data" } } },
  ];
  const parts = createParts({ policy: { ...noPolicy, hostMounts: { allow: ["/srv"], deny: [] } }, directory });
  await assert.rejects(open(translate({ container: docker, resources }, { directory }), parts), {
    code: "denied",
    message: 'The policy in force denies this task: host mount "/etc" (rule "host_mounts")',
  });
});

test("openContainerRequest() adds what the operator adds to every container", async () => {
  const policy: Policy = { ...noPolicy, labels: { zone: "a" }, pidsLimit: { default: 100 } };
  await using request = await open(read({ container: docker }), createParts({ policy }));
  assert.deepEqual(request.create.body.Labels, { "mesos-docker.task": "t1", zone: "a" });
  assert.equal(request.create.body.HostConfig?.PidsLimit, 100);
});

/** Where a secret with this text lies, while it does. */
async function findSecret(text: string): Promise<string | undefined> {
  const folders = (await readdir("/dev/shm")).filter((name) => name.startsWith("mesos-docker-secrets-"));
  for (const path of folders.map((name) => `/dev/shm/${name}/0`)) {
    if ((await readFile(path, "utf8").catch(() => "")) === text) return path;
  }
  return undefined;
}

test("openContainerRequest() leaves no secret behind when an image cannot be had", async () => {
  const parts = createParts();
  const text = `secret of ${process.pid} at ${performance.now()}`;
  const mount = {
    target: "/s",
    mode: "ro",
    source: "container.volumes[0]",
    kind: "secret",
    bytes: bytesOf(text),
  } as const;
  let written: string | undefined;
  parts.engine.inspectImage = async () => {
    written = await findSecret(text);
    return undefined;
  };
  await assert.rejects(open(createSpec({ image: "absent", mounts: [mount] }), parts), { code: "image" });
  assert.notEqual(written, undefined, "it was written before");
  assert.equal(await findSecret(text), undefined);
});

test("openContainerRequest() publishes the ports that the image exposes on those of the offer (case 70)", async () => {
  const parts = createParts();
  const image = { ...plainImage, Config: { ...plainImage.Config, ExposedPorts: ["443/tcp", "80/tcp"] } };
  parts.engine.inspectImage = async () => image;
  const spec = read({ resources: [ports([31_000, 31_002])] }, ["busybox"]);
  await using request = await open(spec, parts);
  assert.deepEqual(request.create.body.HostConfig?.PortBindings, {
    "80/tcp": [{ HostPort: "31000" }],
    "443/tcp": [{ HostPort: "31001" }],
  });
  assert.deepEqual(parts.log.messages("info"), ["the image exposes other ports than the task was offered"]);
});

test("openContainerRequest() does not look for exposed ports of a task that states its own", async () => {
  const parts = createParts();
  const container = { docker: { image: "busybox", network: Network.BRIDGE } };
  await using request = await open(read({ container, resources: [ports([31_000, 31_000])] }), parts);
  assert.equal(request.create.body.HostConfig?.PortBindings, undefined);
  assert.equal(parts.engine.callsOf("inspectImage").length, 1);
});

test("openContainerRequest() asks for the task's disk as well where the operator wants quotas", async () => {
  const engine = new FakeEngine({ images: ["busybox"] });
  engine.info = async () => ({ ...plainInfo, Driver: "btrfs" });
  const spec = createSpec({ amounts: { diskMb: 10 } });
  await using held = await open(spec, createParts({ engine, storage: new StorageQuota(engine) }));
  assert.equal(held.sized?.body.HostConfig?.StorageOpt?.size, "10m");
  assert.equal(held.create.body.HostConfig?.StorageOpt, undefined);
  await using free = await open(spec, createParts({ engine }));
  assert.equal("sized" in free, false);
});
