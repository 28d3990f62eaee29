import assert from "node:assert/strict";
import { test } from "node:test";
import { EngineError } from "../../../src/docker/mod.ts";
import { type EnsureParts, ensureImage, type WantedImage } from "../../../src/images/ensure/mod.ts";
import { silentLog } from "../../../src/runtime/log.ts";
import { fail } from "../../fakes/engine_faults.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { openFixture } from "../../fakes/own_runtime.ts";

/** Has a daemon pull by itself. */
async function ensure(
  engine: FakeEngine,
  wanted: Pick<WantedImage, "image"> & Partial<WantedImage>,
  { signal, findAuth }: { signal?: AbortSignal; findAuth?: EnsureParts["findAuth"] } = {},
) {
  await using fixture = await openFixture();
  const parts: EnsureParts = {
    ...{ engine, clock: new FakeClock(), log: silentLog, way: "daemon", state: [fixture.path] },
    findAuth: findAuth ?? (() => Promise.resolve(undefined)),
    openRoute: async ({ repository }) => ({
      ...{ repository, upstreams: [], direct: "allowed" },
      [Symbol.dispose]: () => undefined,
    }),
  };
  return await ensureImage({ pull: "missing", ...wanted }, parts, { signal: signal ?? new AbortController().signal });
}

test("a daemon pulls by itself what is not here, under the name that is wanted, and with its credentials", async () => {
  const engine = new FakeEngine();
  const image = `repo/app@sha256:${"a".repeat(64)}`;
  engine.registry.add(image);
  const auth = { kind: "password", username: "me", password: "p", serverAddress: "" } as const;
  const { name, outcome } = await ensure(engine, { image, platform: "linux/arm64" }, { findAuth: async () => auth });
  assert.deepEqual([name, outcome], [image, "pulled by the daemon"]);
  const [{ subject, options } = assert.fail()] = engine.callsOf("pullImage");
  assert.equal(subject, image);
  const { auth: given, platform } = options as { auth: unknown; platform: unknown };
  assert.deepEqual({ given, platform }, { given: auth, platform: "linux/arm64" });
});

test("a daemon pulls by itself what is here when it is always to be asked for", async () => {
  const engine = new FakeEngine({ images: ["busybox"] });
  engine.registry.add("busybox");
  await ensure(engine, { image: "busybox" });
  assert.deepEqual(engine.callsOf("pullImage"), []);
  await ensure(engine, { image: "busybox", pull: "always" });
  assert.equal(engine.callsOf("pullImage").length, 1);
});

test("a daemon that pulls by itself is quoted with what it says", async () => {
  const engine = new FakeEngine();
  engine.once("pullImage", fail("forbidden", "denied: requested access to the resource is denied"));
  await assert.rejects(ensure(engine, { image: "secret/app" }), {
    name: "ImageError",
    code: "daemon",
    message: 'Cannot get image "secret/app": denied: requested access to the resource is denied',
  });
  engine.pullImage = () => Promise.reject(new RangeError("a bug"));
  await assert.rejects(ensure(engine, { image: "secret/app" }), new RangeError("a bug"));
});

test("a pull of the daemon's own ends with its signal", async () => {
  const engine = new FakeEngine();
  const ending = new AbortController();
  engine.pullImage = async (_, options) => {
    ending.abort(new Error("stop"));
    assert.equal(options?.signal?.aborted, true);
    throw new EngineError("aborted", "Cannot pull image: it was aborted");
  };
  await assert.rejects(ensure(engine, { image: "app" }, { signal: ending.signal }), new Error("stop"));
});
