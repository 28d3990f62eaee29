// What is mounted into a container, and what becomes of it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chown, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  MountPropagation_Mode,
  Volume_Mode,
  Volume_Source_SandboxPath_Type,
  Volume_Source_Type,
} from "../../src/mesos/protocol.ts";
import { testOnDocker } from "./cases.ts";
import { askDaemon, reserveVolume } from "./daemon.ts";
import { ask, lookInside, readAnswers } from "./inside.ts";
import { openTestCluster } from "./test_cluster.ts";
import { type ContainerInit, flags } from "./test_task.ts";

const { RW, RO } = Volume_Mode;

const asRoot = { needs: "root" } as const;

type VolumeInit = NonNullable<ContainerInit["volumes"]>[number];

/** Writes a file and says what comes of it. */
const write = (path: string) => `echo kept > ${path} && echo written`;

testOnDocker("paths of the host, absolute and relative, to write and to read", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const [shared, shown] = [cluster.folder("shared"), cluster.folder("shown")];
  for (const folder of [shared, shown]) await mkdir(folder);
  await writeFile(join(shown, "file"), "from the host\n");
  const volumes: VolumeInit[] = [
    { hostPath: shared, containerPath: "/shared", mode: RW },
    { hostPath: shown, containerPath: "shown", mode: RO },
    { hostPath: "of-the-sandbox", containerPath: "/own", mode: RW },
  ];
  const found = await lookInside(
    cluster,
    { container: { volumes } },
    {
      shared: write("/shared/file"),
      shown: "cat /mnt/mesos/sandbox/shown/file; touch /mnt/mesos/sandbox/shown/other 2>&1 | sed 's/.*: //'",
      own: write("/own/file"),
    },
  );
  assert.deepEqual(found, { shared: "written", shown: "from the host\nRead-only file system", own: "written" });
  assert.equal(await readFile(join(shared, "file"), "utf8"), "kept\n");
  assert.equal(await cluster.sandboxText("task", "of-the-sandbox", "file"), "kept\n");
});

testOnDocker("a volume of Docker's with options of its driver", async (bench) => {
  await using volume = reserveVolume();
  await using cluster = await openTestCluster(bench);
  const { name } = volume;
  const parameter = Object.entries({ type: "tmpfs", device: "tmpfs", o: "size=3m" }).map(([key, value]) => ({
    key,
    value,
  }));
  const dockerVolume = { name, driver: "local", driverOptions: { parameter } };
  const volumes: VolumeInit[] = [
    { containerPath: "/data", mode: RW, source: { type: Volume_Source_Type.DOCKER_VOLUME, dockerVolume } },
  ];
  const df = "df -k /data | awk 'END { print $1, $2 }'";
  assert.deepEqual(await lookInside(cluster, { container: { volumes } }, { df }), { df: "tmpfs 3072" });
  const { Driver, Options } = (await askDaemon("GET", `/volumes/${name}`)) as Record<string, unknown>;
  assert.deepEqual([Driver, Options], ["local", { type: "tmpfs", device: "tmpfs", o: "size=3m" }]);
});

testOnDocker("a volume of Docker's keeps what one task wrote for the next", async (bench) => {
  await using volume = reserveVolume();
  await using cluster = await openTestCluster(bench);
  const container: ContainerInit = {
    docker: { image: bench.image, volumeDriver: "local" },
    volumes: [{ containerPath: "data", hostPath: volume.name, mode: RW }],
  };
  const first = await lookInside(cluster, { container }, { wrote: write("/mnt/mesos/sandbox/data/file") }, "first");
  assert.deepEqual(first, { wrote: "written" });
  const parameters = flags(
    `volume=${volume.name}:/data:ro`,
    "volume=/anonymous",
    `mount=type=volume,source=${volume.name},target=/mounted,readonly`,
    "mount=type=tmpfs,target=/memory,tmpfs-size=1m",
  );
  const questions = {
    read: "cat /data/file /mounted/file",
    again: write("/data/file"),
    mounted: write("/mounted/file"),
    anonymous: write("/anonymous/file"),
    memory: "df -k /memory | awk 'END { print $1, $2 }'",
  };
  const second = await lookInside(cluster, { parameters }, questions, "second");
  assert.equal(second.read, "kept\nkept");
  for (const written of [second.again, second.mounted]) assert.match(written, /Read-only file system/);
  assert.deepEqual([second.anonymous, second.memory], ["written", "tmpfs 1024"]);
});

testOnDocker(
  "paths of the sandbox are the task's own",
  async (bench) => {
    await using cluster = await openTestCluster(bench);
    const { SELF, PARENT } = Volume_Source_SandboxPath_Type;
    const type = Volume_Source_Type.SANDBOX_PATH;
    const volumes: VolumeInit[] = [
      { containerPath: "/self", mode: RW, source: { type, sandboxPath: { type: SELF, path: "deep/self" } } },
      { containerPath: "/parent", mode: RO, source: { type, sandboxPath: { type: PARENT, path: "parent" } } },
    ];
    const executorId = "shared";
    await cluster.run("keeper", { executorId, shell: "sleep 60", graceMs: 0 });
    // As if the framework's user were another one, who need not be able to talk to the daemon.
    const owner = [65_534, 12] as const;
    await chown(cluster.sandboxPath(executorId), ...owner);
    cluster.launch("task", {
      executorId,
      container: { volumes },
      shell: ask({ self: write("/self/file"), parent: write("/parent/file") }),
    });
    assert.equal((await cluster.book.end("task")).message, "Container exited with status 0");
    const found = readAnswers(await cluster.sandboxText(executorId, "tasks", "task", "stdout"));
    assert.equal(found.self, "written");
    assert.match(found.parent ?? "", /Read-only file system/);
    assert.equal(await cluster.sandboxText(executorId, "deep", "self", "file"), "kept\n");
    for (const path of [["deep"], ["deep", "self"], ["parent"]]) {
      const { uid, gid } = await stat(cluster.sandboxPath(executorId, ...path));
      assert.deepEqual([uid, gid], owner, path.join("/"));
    }
    cluster.kill("keeper");
    await cluster.book.end("keeper");
  },
  asRoot,
);

/** A mount of the host that tells others, and is told by them, what is mounted in it. */
async function openSharedMount(path: string): Promise<AsyncDisposable> {
  await mkdir(path);
  const run = promisify(execFile);
  await run("mount", ["-t", "tmpfs", "-o", "size=1m", "mesos-docker-test", path]);
  await run("mount", ["--make-shared", path]);
  return { [Symbol.asyncDispose]: async () => void (await run("umount", [path])) };
}

testOnDocker(
  "a path of the host is mounted with the propagation that the task wants",
  async (bench) => {
    await using cluster = await openTestCluster(bench);
    const path = cluster.folder("mount");
    await using _mount = await openSharedMount(path);
    const type = Volume_Source_Type.HOST_PATH;
    const propagate = (mode: MountPropagation_Mode) => ({ type, hostPath: { path, mountPropagation: { mode } } });
    const { HOST_TO_CONTAINER, BIDIRECTIONAL } = MountPropagation_Mode;
    const volumes: VolumeInit[] = [
      { containerPath: "/plain", mode: RW, source: { type, hostPath: { path } } },
      { containerPath: "/slave", mode: RW, source: propagate(HOST_TO_CONTAINER) },
      { containerPath: "/shared", mode: RW, source: propagate(BIDIRECTIONAL) },
    ];
    const tags = (at: string) => `awk '$5 == "${at}" { print $7 }' /proc/self/mountinfo | sed 's/:.*//'`;
    const questions = { plain: tags("/plain"), slave: tags("/slave"), shared: tags("/shared") };
    const found = await lookInside(cluster, { container: { volumes } }, questions);
    assert.deepEqual(found, { plain: "-", slave: "master", shared: "shared" });
  },
  asRoot,
);

testOnDocker("a HOST_PATH that is not there is refused by its name, and is not made", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const path = cluster.folder("missing");
  const source = { type: Volume_Source_Type.HOST_PATH, hostPath: { path } };
  cluster.launch("task", { container: { volumes: [{ containerPath: "/data", mode: RW, source }] } });
  const { message } = await cluster.book.end("task");
  assert.ok(message.includes(path) && message.includes("does not exist"), message);
  assert.ok(!existsSync(path));
});

testOnDocker("an executor's sandbox may have a colon in its path", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const executorId = "ct:1:job:";
  const type = Volume_Source_Type.SANDBOX_PATH;
  const sandboxPath = { type: Volume_Source_SandboxPath_Type.SELF, path: "own" };
  const volumes: VolumeInit[] = [
    { containerPath: "/own", mode: RW, source: { type, sandboxPath } },
    { containerPath: "/relative", mode: RW, hostPath: "relative/one" },
  ];
  const task = { executorId, container: { volumes } };
  const found = await lookInside(cluster, task, {
    sandbox: write("/mnt/mesos/sandbox/file"),
    own: write("/own/file"),
    relative: write("/relative/file"),
  });
  assert.deepEqual(found, { sandbox: "written", own: "written", relative: "written" });
  assert.equal(await cluster.sandboxText(executorId, "file"), "kept\n");
  assert.equal(await cluster.sandboxText(executorId, "own", "file"), "kept\n");
  assert.equal(await cluster.sandboxText(executorId, "relative", "one", "file"), "kept\n");
});

testOnDocker("a persistent volume outlives its task, and is found by the next one", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const volume = { id: "records", size: 8, containerPath: "data" };
  const resources = { role: "db", volumes: [volume] };
  const questions = { before: "cat /mnt/mesos/sandbox/data/file", wrote: write("/mnt/mesos/sandbox/data/file") };
  const first = await lookInside(cluster, { resources }, questions, "first");
  assert.match(first.before, /No such file/);
  assert.equal(first.wrote, "written");
  await cluster.book.exit("first");
  assert.equal(await readFile(cluster.folder("volumes/roles/db/records/file"), "utf8"), "kept\n");
  const reading = { role: "db", volumes: [{ ...volume, containerPath: "records", mode: "ro" as const }] };
  const second = await lookInside(
    cluster,
    { resources: reading },
    { before: "cat /mnt/mesos/sandbox/records/file", wrote: write("/mnt/mesos/sandbox/records/file") },
    "second",
  );
  assert.equal(second.before, "kept");
  assert.match(second.wrote, /Read-only file system/);
});
