// Executors whose images are missing.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { TaskState, TaskStatus_Reason } from "../../src/mesos/protocol.ts";
import { openFixture } from "../fakes/own_runtime.ts";
import { pushAttested } from "../registry/conformance/attested_index.ts";
import { pushImage } from "../registry/conformance/specimens.ts";
import { type DockerBench, testOnDocker } from "./cases.ts";
import { eventually } from "./eventually.ts";
import { withDaemonsId } from "./image_id.ts";
import { openUpstream, type Upstream } from "./pull_scene.ts";
import { pushRunnableImage } from "./runnable_image.ts";
import { openTestCluster, type TestCluster } from "./test_cluster.ts";

const repository = "ensure/runnable";
const layerBytes = 8_000_000;

interface Scene {
  upstream: Upstream;
  cluster: TestCluster;
  image: string;
  pushed: { id: string; digest: string; layer: string };
  leftovers(): Promise<string[]>;
}

/** An image in a registry, and a cluster whose executors keep what is on its way in a folder of the test's. */
function testPull(title: string, run: (scene: Scene, bench: DockerBench) => Promise<void>): void {
  testOnDocker(title, async (bench) => {
    await using upstream = await openUpstream();
    const tag = randomUUID();
    const pushed = await pushRunnableImage(bench, upstream, { repository, tag, bytes: layerBytes });
    const state = `/tmp/mesos-docker-test-${tag}`;
    await using cluster = await openTestCluster(bench, { executorEnvironment: { MESOS_DOCKER_STATE: state } });
    const leftovers = () => readdir(join(state, "pulls")).catch(() => []);
    try {
      await run({ upstream, cluster, image: `${upstream.host}/${repository}:${tag}`, pushed, leftovers }, bench);
    } finally {
      await bench.engine.removeImage(pushed.id, { force: true });
      await rm(state, { recursive: true, force: true });
    }
  });
}

testPull(
  "an image that is missing is pulled through the executor, by name and by digest (case 30, 32)",
  async (scene, bench) => {
    const { cluster, image, pushed, upstream } = scene;
    cluster.launch("named", { shell: "test -s /random", image });
    assert.equal((await cluster.book.end("named")).state, TaskState.TASK_FINISHED);
    assert.deepEqual(cluster.book.states("named"), ["TASK_STARTING", "TASK_RUNNING", "TASK_FINISHED"]);
    assert.deepEqual((await bench.engine.inspectImage(pushed.id))?.RepoTags, [image]);
    const fetched = upstream.count("blob_get");
    await bench.engine.tagImage(pushed.id, `${upstream.host}/${repository}:kept`);
    await bench.engine.removeImage(image);
    cluster.launch("pinned", { shell: "test -s /random", image: `${upstream.host}/${repository}@${pushed.digest}` });
    assert.equal((await cluster.book.end("pinned")).state, TaskState.TASK_FINISHED);
    assert.equal(upstream.count("blob_get"), fetched, "what is here is not fetched again");
    assert.deepEqual(await scene.leftovers(), []);
  },
);

testPull("a task runs the image of its agent's platform of an index with attestations", async (scene, bench) => {
  const { cluster, pushed, upstream } = scene;
  const { content } = upstream;
  const { Architecture } = (await bench.engine.inspectImage(bench.image)) ?? assert.fail();
  const images = {
    "linux/s390x": await pushImage(content, repository, []),
    [`linux/${Architecture}`]: await content.getManifest(repository, pushed.digest),
  };
  const { index } = await pushAttested(content, repository, images, ["attested"]);
  const image = `${upstream.host}/${repository}:attested`;
  try {
    cluster.launch("attested", { shell: "test -s /random", image });
    const { state, message } = await cluster.book.end("attested");
    assert.equal(state, TaskState.TASK_FINISHED, message);
    const { id } = await withDaemonsId(bench.engine, { ...pushed, digest: index.descriptor.digest });
    assert.equal((await bench.engine.inspectImage(image))?.Id, id);
    assert.deepEqual(await scene.leftovers(), []);
  } finally {
    await bench.engine.removeImage(image, { force: true });
  }
});

testPull(
  "executors that want one image at the same time cause one transfer (case 37, J 53)",
  async ({ cluster, image, upstream, leftovers }) => {
    const taskIds = ["one", "two", "three"];
    for (const taskId of taskIds) cluster.launch(taskId, { shell: "test -s /random", image });
    for (const taskId of taskIds) {
      const { state, message } = await cluster.book.end(taskId);
      assert.equal(state, TaskState.TASK_FINISHED, message);
    }
    const layers = upstream.served.filter(({ request }) => request?.kind === "blob_get").map(({ url }) => url);
    assert.equal(new Set(layers).size, layers.length, "no blob is fetched twice");
    assert.deepEqual(await leftovers(), []);
  },
);

testPull("a kill ends a pull that stands still, and leaves nothing of it (case 38)", async (scene, bench) => {
  const { cluster, image, pushed, upstream, leftovers } = scene;
  const hang = { kind: "hang", at: "answer", afterBytes: 3_000_000 } as const;
  upstream.obey({ match: { path: new RegExp(`/blobs/${pushed.layer}$`) }, fault: hang });
  cluster.launch("puller", { shell: "true", image });
  await eventually("the layer", () => upstream.proxy.struck.length > 0);
  const ask = new TextEncoder().encode('{"mesosDocker":1,"pull":{"task":"puller"}}');
  const told = await eventually("how far the layer is", () => {
    cluster.agent.message(cluster.frameworkId, "puller", ask);
    const replies = cluster.book.messages("puller").map((text) => JSON.parse(text).reply?.pull);
    const layers = replies.flatMap((pull) => pull?.layers ?? []);
    return layers.find((layer) => layer.status === "Downloading" && layer.currentBytes > 0);
  });
  assert.equal(told.source, upstream.host);
  assert.equal(told.id, pushed.layer.slice(7, 19));
  cluster.kill("puller");
  await cluster.book.end("puller");
  assert.deepEqual(cluster.book.states("puller"), ["TASK_STARTING", "TASK_KILLING", "TASK_KILLED"]);
  assert.deepEqual((await cluster.book.exit("puller")).exit, { kind: "code", code: 0 });
  assert.deepEqual(await leftovers(), []);
  assert.equal(await bench.engine.inspectImage(pushed.id), undefined);
});

testPull(
  "what a registry refuses in the middle fails a task with its own words",
  async ({ cluster, image, upstream }) => {
    upstream.obey({
      match: { path: /blobs/ },
      fault: { kind: "status", status: 403, body: '{"errors":[{"code":"DENIED","message":"no licence"}]}' },
    });
    cluster.launch("refused", { shell: "true", image });
    const { state, message } = await cluster.book.end("refused");
    assert.equal(state, TaskState.TASK_FAILED);
    assert.match(message, /Cannot get image ".*": no licence/);
  },
);

testOnDocker(
  "a daemon that fetches by itself is kept from what the configuration of its host denies",
  async (bench) => {
    await using upstream = await openUpstream();
    await using folder = await openFixture();
    const image = `${upstream.host}/${repository}:1`;
    const run = async (taskId: string, rules: string): Promise<string> => {
      const config = await folder.write(`${taskId}.yaml`, `registries: { "${upstream.host}": ${rules} }`);
      const executorEnvironment = { MESOS_DOCKER_CONFIG: config, MESOS_DOCKER_PULL: "daemon" };
      await using cluster = await openTestCluster(bench, { executorEnvironment });
      cluster.launch(taskId, { shell: "true", image });
      const { state, reason, message } = await cluster.book.end(taskId);
      assert.equal(state, TaskState.TASK_FAILED, message);
      assert.equal(reason, TaskStatus_Reason.CONTAINER_LAUNCH_FAILED);
      return message;
    };
    assert.match(await run("denied", "{ deny: ask the platform team }"), /: ask the platform team$/);
    assert.match(await run("mirrored", "{ upstream: never, mirrors: [mirror.invalid] }"), /only mirrors may be asked/);
    assert.equal(upstream.served.length, 0);
    assert.match(await run("allowed", "{ deny: false }"), /manifest unknown|not found/i);
    assert.ok(upstream.served.length > 0, "the daemon asks where it may");
  },
);

testPull("an image of a registry that cannot be is a failed task, and no more", async ({ cluster }) => {
  cluster.launch("port", { shell: "true", image: "127.0.0.1:99999/app:1" });
  const { state, message } = await cluster.book.end("port");
  assert.equal(state, TaskState.TASK_FAILED);
  assert.match(message, /^Cannot get image "127.0.0.1:99999\/app:1": .*found port 99999, expected at most 65535$/);
});
