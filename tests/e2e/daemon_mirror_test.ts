// A daemon that has the registry as a mirror, and nothing beyond: both live in a network of their own.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openLayoutRegistry } from "../../registry/layout/layout_registry.ts";
import { testOnBinary } from "./cases.ts";
import { runCommand } from "./command.ts";
import { withDaemonsId } from "./image_id.ts";
import { openPrivateDaemon } from "./private_daemon.ts";
import { pushRandomImage } from "./pull_scene.ts";
import { openStoreFolder, serveBy } from "./served_registry.ts";

const [mirror, origin] = ["127.0.0.1:5000", "127.0.0.1:5001"];

testOnBinary(
  "a daemon has images of Docker Hub by our mirror and others by our gateway, under their own names (J 38)",
  async (binary) => {
    await using folder = await openStoreFolder();
    const at = (name: string) => join(folder.path, name);
    const hub = await fillStore(at("origin"), "library/mirrored");
    const quay = await fillStore(at("origin"), "org/mirrored");
    const configuration = { "registry-mirrors": [`http://${mirror}`] };
    await using daemon = await openPrivateDaemon("end with it", { configuration });
    const inNetwork = await daemon.inNetwork();
    const serve = (...words: string[]) => serveBy([...inNetwork, binary, "registry", "serve", ...words]);
    await using _origin = await serve("--store", at("origin"), "--listen", origin);
    const upstreams = ["docker.io", "quay.io"].flatMap((name) => ["--upstream", `${name}=http://${origin}`]);
    const cache = await serve("--memory", "--listen", mirror, ...upstreams, "--default-upstream", "docker.io");
    const { engine } = daemon;
    await engine.pullImage("mirrored:v1");
    const found = await engine.inspectImage("docker.io/library/mirrored:v1");
    assert.equal(found?.Id, (await withDaemonsId(engine, hub)).id);
    assert.deepEqual([found?.RepoTags, found?.RepoDigests], [["mirrored:v1"], [`mirrored@${hub.digest}`]]);

    // No daemon has mirrors for any other registry.
    const mirrors = [{ address: `http://${mirror}`, namespace: true }];
    const rules = { registries: { "quay.io/org": { mirrors, upstream: "never" } } };
    await writeFile(at("config.yaml"), JSON.stringify(rules));
    const env = {
      DOCKER_HOST: `unix://${daemon.socketPath}`,
      MESOS_DOCKER_CONFIG: at("config.yaml"),
      MESOS_DOCKER_STATE: at("state"),
    };
    const pulled = await runCommand([...inNetwork, binary, "image", "pull", "quay.io/org/mirrored:v1"], { env });
    assert.equal(pulled.end, 0, pulled.stderr);
    const other = await engine.inspectImage("quay.io/org/mirrored:v1");
    assert.equal(other?.Id, (await withDaemonsId(engine, quay)).id);
    assert.deepEqual(other?.RepoTags, ["quay.io/org/mirrored:v1"]);

    await engine.removeImage("mirrored:v1");
    await cache[Symbol.asyncDispose]();
    // The daemon tells of Docker Hub alone, which it goes to then.
    await assert.rejects(engine.pullImage("mirrored:v1"), { name: "EngineError", message: /registry-1\.docker\.io/ });
  },
  { needs: "own daemon" },
);

async function fillStore(path: string, repository: string) {
  await using store = await openLayoutRegistry(path);
  return await pushRandomImage(store, repository, "v1", [20_000, 3000]);
}
