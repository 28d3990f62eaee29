// Tasks that bring their image along, in an archive that the agent has fetched.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { TaskStatus_Reason as Reason, TaskState } from "../../src/mesos/protocol.ts";
import { type DockerBench, testOnDocker } from "./cases.ts";
import { runCommand } from "./command.ts";
import { eventually } from "./eventually.ts";
import { openUpstream } from "./pull_scene.ts";
import { pushRunnableImage } from "./runnable_image.ts";
import { openStoreFolder } from "./served_registry.ts";
import { openTestCluster, type TestCluster } from "./test_cluster.ts";

interface Scene {
  cluster: TestCluster;
  /** Name of an image that no daemon and, by now, no registry has. */
  image: string;
  id: string;
  /** What the daemon calls it then. */
  archived: string;
  /** A bundle that brings it, and the same as an OCI archive. */
  docker: string;
  oci: string;
  at(name: string): string;
  bench: DockerBench;
}

function testArchive(title: string, run: (scene: Scene) => Promise<void>): void {
  testOnDocker(title, async (bench) => {
    await using folder = await openStoreFolder();
    const at = (name: string) => join(folder.path, name);
    const repository = `bundles/${randomUUID()}`;
    const made = await makeBundles(bench, repository, at);
    await using cluster = await openTestCluster(bench, { executorEnvironment: { MESOS_DOCKER_STATE: at("state") } });
    try {
      await run({ ...made, cluster, at, bench });
    } finally {
      for (const name of [made.id, made.archived]) await bench.engine.removeImage(name, { force: true });
    }
  });
}

async function makeBundles(bench: DockerBench, repository: string, at: (name: string) => string) {
  await using upstream = await openUpstream();
  const { id, config } = await pushRunnableImage(bench, upstream, { repository, tag: "v1", bytes: 4_000_000 });
  const image = `${upstream.host}/${repository}:v1`;
  for (const format of ["docker", "oci"]) {
    const words = ["image", "save", image, "--from", "registry", "-o", at(`${format}.tar`), "--format", format];
    const { end, stderr } = await runCommand([bench.binary, ...words]);
    assert.equal(end, 0, stderr);
  }
  const archived = `${upstream.host}/${repository}:archive-${config.slice(7, 19)}`;
  return { id, image, archived, docker: at("docker.tar"), oci: at("oci.tar") };
}

testArchive(
  "a task runs an image that an archive in its sandbox brings, by its id and under a name of its own",
  async (scene) => {
    const { cluster, image, archived, docker, oci, at, bench } = scene;
    await writeFile(at("packed.tar.gz"), gzipSync(await readFile(docker)));
    for (const [taskId, path] of Object.entries({ plain: docker, index: oci, packed: at("packed.tar.gz") })) {
      const document = { imageArchive: "sub/image.tar" };
      const prelude = "mkdir sub; mv image.tar sub/;";
      cluster.launch(taskId, { shell: "test -s /random", image, document, prelude, files: { "image.tar": path } });
      const { state, message } = await cluster.book.end(taskId);
      assert.equal(state, TaskState.TASK_FINISHED, message);
      assert.deepEqual((await bench.engine.inspectImage(archived))?.RepoTags, [archived]);
      assert.equal(await bench.engine.inspectImage(image), undefined, "others do not get it by the name");
      if (taskId !== "index") await bench.engine.removeImage(archived, { force: true });
    }
    assert.deepEqual(
      (await readdir(at("state"))).filter((entry) => entry.startsWith("mesos-docker-")),
      [],
    );
  },
);

testArchive("executors that bring the same image at the same time do not disturb each other", async (scene) => {
  const { cluster, image, docker } = scene;
  const taskIds = ["one", "two", "three"];
  const info = { labels: { labels: [{ key: "mesos-docker/imageArchive", value: "image.tar" }] } };
  for (const taskId of taskIds) {
    cluster.launch(taskId, { shell: "test -s /random", image, info, files: { "image.tar": docker } });
  }
  for (const taskId of taskIds) {
    const { state, message } = await cluster.book.end(taskId);
    assert.equal(state, TaskState.TASK_FINISHED, message);
  }
});

testArchive("an archive that is missing, broken, leads out or brings another image fails the task", async (scene) => {
  const { cluster, image, id, archived, docker, at, bench } = scene;
  const good = await readFile(docker);
  const bad = Buffer.from(good);
  bad.writeUInt8(bad.readUInt8(3_000_000) ^ 1, 3_000_000);
  await writeFile(at("bad.tar"), bad);
  await writeFile(at("half.tar"), good.subarray(0, 1_000_000));
  const files = { "image.tar": docker, "bad.tar": at("bad.tar"), "half.tar": at("half.tar") };
  const prelude = `ln -s ${docker} out.tar; ln -s image.tar in.tar; mkfifo fifo.tar; mkdir dir.tar;`;
  const other = `${image}-other`;
  const cases: Record<string, { archive: string; image?: string; found: RegExp }> = {
    missing: { archive: "absent.tar", found: /image archive "absent.tar": the sandbox has no such file/ },
    broken: { archive: "bad.tar", found: /from archive "bad.tar": .*sha256:/ },
    half: { archive: "half.tar", found: /from archive "half.tar": Cannot read "half.tar"/ },
    out: { archive: "out.tar", found: /image archive "out.tar": it does not lie in the sandbox/ },
    fifo: { archive: "fifo.tar", found: /image archive "fifo.tar": it is no file/ },
    folder: { archive: "dir.tar", found: /image archive "dir.tar": it is no file/ },
    other: { archive: "image.tar", image: other, found: new RegExp(`"image.tar": it brings ${image}$`) },
  };
  for (const [taskId, { archive, image: wanted = image, found }] of Object.entries(cases)) {
    cluster.launch(taskId, { shell: "true", image: wanted, document: { imageArchive: archive }, prelude, files });
    const { state, reason, message } = await cluster.book.end(taskId);
    assert.equal(state, TaskState.TASK_FAILED, `${taskId}: ${message}`);
    assert.equal(reason, Reason.CONTAINER_LAUNCH_FAILED, taskId);
    assert.match(message, found, taskId);
  }
  for (const name of [id, archived]) assert.equal(await bench.engine.inspectImage(name), undefined);
  // A link that stays inside is a file like others.
  cluster.launch("in", { shell: "true", image, document: { imageArchive: "in.tar" }, prelude, files });
  const { state, message } = await cluster.book.end("in");
  assert.equal(state, TaskState.TASK_FINISHED, message);
  await rm(at("bad.tar"));
});

testOnDocker(
  "a policy that restricts registries denies archives that bring images, unless it says that they are allowed",
  async (bench) => {
    await using folder = await openStoreFolder();
    const at = (name: string) => join(folder.path, name);
    const made = await makeBundles(bench, `bundles/${randomUUID()}`, at);
    const restricted = `version: 1\nregistries: { allow: [${made.image.replace(/:v1$/, "")}] }\n`;
    const cases: Record<string, { policy: string; denied?: RegExp }> = {
      restricted: {
        policy: restricted,
        denied: /image archive "image\.tar", which may call anything by any name \(rule "registries"\)/,
      },
      denied: {
        policy: "version: 1\nimage_archives: deny\n",
        denied: /image archive "image\.tar" \(rule "image_archives: deny"\)/,
      },
      allowed: { policy: `${restricted}image_archives: allow\n` },
    };
    try {
      for (const [taskId, { policy, denied }] of Object.entries(cases)) {
        await writeFile(at("policy.yaml"), policy);
        const executorEnvironment = { MESOS_DOCKER_STATE: at("state"), MESOS_DOCKER_POLICY: at("policy.yaml") };
        await using cluster = await openTestCluster(bench, { executorEnvironment });
        const document = { imageArchive: "image.tar" };
        cluster.launch(taskId, { shell: "true", image: made.image, document, files: { "image.tar": made.docker } });
        const { state, message } = await cluster.book.end(taskId);
        assert.equal(state, denied ? TaskState.TASK_ERROR : TaskState.TASK_FINISHED, `${taskId}: ${message}`);
        if (denied) assert.match(message, denied);
        const isHere = (await bench.engine.inspectImage(made.archived)) !== undefined;
        assert.equal(isHere, denied === undefined, taskId);
      }
    } finally {
      for (const name of [made.id, made.archived]) await bench.engine.removeImage(name, { force: true });
    }
  },
);

testArchive("a kill ends the reading of an archive that would take long, and leaves nothing of it", async (scene) => {
  const { cluster, image, at } = scene;
  // Sixteen gigabytes of nothing.
  const member = gzipSync(Buffer.alloc(64 * 2 ** 20));
  await writeFile(at("long.tar.gz"), Buffer.concat(Array.from({ length: 256 }, () => member)));
  const document = { imageArchive: "long.tar.gz" };
  cluster.launch("reader", { shell: "true", image, document, files: { "long.tar.gz": at("long.tar.gz") } });
  const unpacked = () => readdir(at("state/unpacking"), { recursive: true }).catch(() => []);
  await eventually("what is unpacked", async () => (await unpacked()).length > 3);
  cluster.kill("reader");
  await cluster.book.end("reader");
  assert.deepEqual(cluster.book.states("reader"), ["TASK_STARTING", "TASK_KILLING", "TASK_KILLED"]);
  assert.deepEqual((await cluster.book.exit("reader")).exit, { kind: "code", code: 0 });
  assert.deepEqual(await unpacked(), []);
});
