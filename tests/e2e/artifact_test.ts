// What is no image, wherever an image is wanted.
import assert from "node:assert/strict";
import { TaskState } from "../../src/mesos/protocol.ts";
import { openFixture } from "../fakes/own_runtime.ts";
import { chartType, pushChart } from "../registry/conformance/specimens.ts";
import { testOnDocker } from "./cases.ts";
import { runCommand } from "./command.ts";
import { openUpstream } from "./pull_scene.ts";
import { openTestCluster } from "./test_cluster.ts";

const found = `it is no image but an artifact of type "${chartType}": name an image, or copy it as it is to a registry or an image layout`;

testOnDocker("a chart is refused with its type, and nothing of it is fetched", async (bench) => {
  await using folder = await openFixture();
  await using upstream = await openUpstream();
  const image = `${upstream.host}/charts/app:v1`;
  await pushChart(upstream.content, "charts/app", ["v1"]);
  const env = { MESOS_DOCKER_STATE: folder.path };
  for (const words of [
    ["image", "pull", image],
    ["image", "warm", image],
    ["image", "save", "--from", "registry", "--output", `${folder.path}/a.tar`, image],
    ["registry", "copy", image, "docker-daemon:charts/app:v1"],
  ]) {
    const { end, stdout, stderr } = await runCommand([bench.binary, ...words], { env });
    assert.equal(end, 1, words.join(" "));
    const text = stdout + stderr;
    assert.ok(text.includes(`"${image}": ${found}`), text);
  }
  await using cluster = await openTestCluster(bench, { executorEnvironment: env });
  cluster.launch("chart", { shell: "true", image });
  const { state, message } = await cluster.book.end("chart");
  assert.equal(state, TaskState.TASK_FAILED);
  assert.equal(message, `Cannot get image "${image}": ${found}`);
  assert.equal(upstream.count("blob_get"), 0);
  const layout = `oci:${folder.path}/layout`;
  const copied = await runCommand([bench.binary, "registry", "copy", image, layout], { env });
  assert.equal(copied.end, 0, copied.stderr);
  const archive = `${folder.path}/chart.tar`;
  const archived = await runCommand([bench.binary, "registry", "copy", layout, `oci-archive:${archive}:v1`], { env });
  assert.equal(archived.end, 0, archived.stderr);
  const loaded = await runCommand([bench.binary, "image", "load", "--input", archive], { env });
  assert.equal(loaded.end, 1);
  assert.ok(loaded.stderr.includes(`Cannot take "v1" from "${archive}": ${found}`), loaded.stderr);
});
