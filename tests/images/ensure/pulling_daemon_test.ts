import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/mod.ts";
import { EngineError } from "../../../src/docker/mod.ts";
import { type EnsureParts, ensureImage, ImageError } from "../../../src/images/ensure/mod.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { silentLog } from "../../../src/runtime/log.ts";
import { pushLayers, randomLayers } from "../../e2e/pull_scene.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { openFixture } from "../../fakes/own_runtime.ts";

const image = "reg.example/team/app:1";

/** What comes of a pull whose daemon asks the gateway once and then says these words of it. */
async function fail(
  say: (name: string, host: string) => string,
  gateway: "reached" | "unreachable" = "reached",
): Promise<{ error: unknown; host: string }> {
  await using fixture = await openFixture();
  const registry = memoryRegistry();
  await pushLayers(registry, "team/app", "1", await randomLayers([1000]));
  const engine = new FakeEngine();
  let host = "";
  engine.pullImage = async (name) => {
    host = name.slice(0, name.indexOf("/"));
    if (gateway === "reached") await (await fetch(`http://${host}/v2/`)).text();
    throw new EngineError("failed", `Cannot pull image "${name}": ${say(name, host)}`, { status: 500 });
  };
  const parts: EnsureParts = {
    ...{ engine, clock: systemClock, log: silentLog, way: "gateway", state: [fixture.path] },
    findAuth: () => assert.fail("credentials were looked for"),
    openRoute: async () => ({
      repository: "team/app",
      upstreams: [{ name: "reg.example", registry }],
      direct: "forbidden",
      [Symbol.dispose]: () => undefined,
    }),
    patience: { standstillMs: 60_000, silenceMs: 60_000, failures: 1 },
  };
  const { signal } = new AbortController();
  const error = await ensureImage({ image, pull: "missing" }, parts, { signal }).then(
    () => assert.fail("the image was had"),
    (reason: unknown) => reason,
  );
  return { error, host };
}

test("a daemon that cannot reach the gateway is not sent to a registry that may not be asked", async () => {
  const { error } = await fail(() => "connection refused", "unreachable");
  assert.ok(error instanceof ImageError);
  assert.equal(error.code, "refused");
  assert.match(
    error.message,
    /only mirrors may be asked .*, which cannot reach this process, would ask "reg\.example"$/,
  );
});

const prefix = `Cannot get image "${image}": Cannot pull image "${image}": `;
const rows: readonly [title: string, say: (name: string, host: string) => string, found: string][] = [
  [
    "its name",
    (name) => `failed to resolve reference "${name}": ${name}: not found.`,
    `failed to resolve reference "${image}": ${image}: not found.`,
  ],
  [
    "its address alone",
    (_, host) => `dial tcp ${host}: connect: connection refused`,
    "dial tcp the gateway: connect: connection refused",
  ],
  ["its URL", (_, host) => `Get "http://${host}/v2/": EOF (http://${host})`, `Get "${image}": EOF (the gateway)`],
  [
    "the URL of a blob",
    (_, host) => `unexpected status code http://${host}/v2/team/app/blobs/sha256:${"a".repeat(64)}: 502 Bad Gateway`,
    `unexpected status code ${image}: 502 Bad Gateway`,
  ],
  ["another gateway's URL", () => 'Get "http://127.0.0.1:1/v2/other/blobs/x": EOF', `Get "${image}": EOF`],
  ["nothing of it", () => "tcp://127.0.0.1:2375 is away", "tcp://127.0.0.1:2375 is away"],
  ["a longer address", (_, host) => `not ${host}1/team/app`, "not HOST1/team/app"],
];
for (const [title, say, found] of rows) {
  test(`a daemon that tells of the gateway by ${title} is quoted with the image's own name`, async () => {
    const { error, host } = await fail(say);
    assert.ok(error instanceof ImageError);
    assert.equal(error.code, "daemon");
    assert.equal(error.message, prefix + found.replace("HOST", host));
    assert.ok(error.cause instanceof EngineError);
    assert.equal(error.cause.status, 500);
  });
}
