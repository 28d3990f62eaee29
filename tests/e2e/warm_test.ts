// Images that are fetched ahead of need, by the compiled program into a real daemon.
import assert from "node:assert/strict";
import { testOnDocker } from "./cases.ts";
import { eventually } from "./eventually.ts";
import { isContainerds } from "./image_id.ts";
import { pushRandomImage } from "./pull_scene.ts";
import { baseBytes, linesOf, openWarmScene, ownBytes, readWarmLines } from "./warm_scene.ts";

testOnDocker(
  "image warm fetches the base of all images once, and a dry run says so before (J 6)",
  async ({ engine, binary }) => {
    await using scene = await openWarmScene(engine, binary);
    const tags = ["a", "b", "c", "d", "e", "f"];
    const pushed = await Promise.all(tags.map((tag) => scene.push(tag)));
    const names = tags.map((tag) => scene.nameOf(tag));
    const planned = await scene.lines(["warm", ...names, "--dry-run"]);
    const { bytes = 0, images } = planned.at(-1)?.plan ?? {};
    assert.equal(images, tags.length);
    const leastBytes = baseBytes + tags.length * ownBytes;
    assert.ok(bytes >= leastBytes && bytes < leastBytes + baseBytes / 2, `${bytes} with the base once`);
    const layerGets = () => pushed.flatMap(({ layers }) => layers).reduce((sum, one) => sum + scene.countGets(one), 0);
    assert.equal(layerGets(), 0, "a dry run fetches no layer");
    assert.deepEqual(await scene.state.warm.list(), [], "a dry run writes nothing");
    assert.equal(await engine.inspectImage(names[0] ?? ""), undefined);
    const done = linesOf("done", await scene.lines(["warm", ...names]));
    assert.deepEqual(done.map(({ image }) => image).sort(), names);
    for (const [index, { id, layers }] of pushed.entries()) {
      assert.equal((await engine.inspectImage(names[index] ?? ""))?.Id, id);
      for (const layer of layers) assert.equal(scene.countGets(layer), 1, layer);
    }
    const again = await scene.lines(["warm", ...names]);
    assert.deepEqual(new Set(again.map(({ outcome }) => outcome)), new Set(["present"]));
  },
);

testOnDocker("image warm has small images upon a base that is here come together", async ({ engine, binary }) => {
  await using scene = await openWarmScene(engine, binary);
  const tags = Array.from({ length: 20 }, (_, index) => `t${index}`);
  const pushed = await Promise.all(tags.map((tag) => scene.push(tag)));
  const [first = "", ...others] = tags.map((tag) => scene.nameOf(tag));
  await scene.lines(["warm", first]);
  const sinceMs = Date.now();
  await scene.lines(["warm", ...others]);
  const filters = { type: ["image"], event: ["load"] };
  const loaded = await Array.fromAsync(engine.events({ filters, sinceMs, untilMs: Date.now() }));
  for (const [index, { id, layers }] of pushed.entries()) {
    assert.equal((await engine.inspectImage(scene.nameOf(tags[index] ?? "")))?.Id, id);
    for (const layer of layers) assert.equal(scene.countGets(layer), 1, layer);
  }
  if (await isContainerds(engine)) return;
  const ids = new Set(loaded.map(({ id }) => id));
  assert.deepEqual(
    pushed.slice(1).filter(({ id }) => !ids.has(id)),
    [],
  );
});

testOnDocker(
  "image warm has images come each alone when the base that they were to come upon is removed meanwhile",
  async ({ engine, binary }) => {
    // Where containerd keeps the images, each comes alone.
    if (await isContainerds(engine)) return;
    await using scene = await openWarmScene(engine, binary);
    const tags = ["base", "a", "b", "c", "d"];
    const pushed = await Promise.all(tags.map((tag) => scene.push(tag, 300_000)));
    const [base = "", ...others] = tags.map((tag) => scene.nameOf(tag));
    await scene.lines(["warm", base]);
    const [, first] = pushed;
    await using command = scene.start("warm", ...others, "--bandwidth", "1M", "--json");
    await eventually("the first layer", () => scene.countGets(first?.layers[1] ?? "") > 0);
    await engine.removeImage(base);
    const { end, stdout, stderr } = await command.result;
    assert.equal(end, 0, `${stderr}${stdout}`);
    for (const [index, { id }] of pushed.slice(1).entries()) {
      assert.equal((await engine.inspectImage(others[index] ?? ""))?.Id, id);
    }
    assert.equal(scene.countGets(first?.layers[0] ?? ""), 2, "the base has come once more");
    assert.match(stderr, /the daemon does not take images together, they come one by one/);
  },
);

testOnDocker(
  "image warm --json says of each image how far it is and why it failed, and ends with 1 (J 65)",
  async ({ engine, binary }) => {
    await using scene = await openWarmScene(engine, binary);
    const { id } = await scene.push("good");
    const [good, bad] = [scene.nameOf("good"), scene.nameOf("bad")];
    const lines = await scene.lines(["warm", good, bad], 1);
    const states = (image: string) => lines.filter((line) => line.image === image).map(({ state }) => state);
    assert.deepEqual(states(bad), ["failed"]);
    assert.deepEqual([...new Set(states(good))], ["queued", "pulling", "done"]);
    assert.equal(linesOf("failed", lines)[0]?.code, "absent");
    assert.equal(linesOf("done", lines)[0]?.id, id);
    const planned = await scene.lines(["warm", good, bad, "--dry-run"], 1);
    assert.deepEqual(planned.at(-1)?.plan, { present: 1, images: 0, failed: 1, bytes: 0 });
  },
);

testOnDocker(
  "image warm refuses an image of 126 layers for a storage driver, also in its plan (J 7)",
  async ({ engine, binary }) => {
    if (await isContainerds(engine)) return;
    await using scene = await openWarmScene(engine, binary);
    const name = scene.nameOf("deep");
    const sizes = Array.from({ length: 126 }, () => 10);
    await pushRandomImage(scene.upstream.content, scene.repository, "deep", sizes);
    const planned = await scene.lines(["warm", name, "--dry-run"], 1);
    assert.deepEqual(planned.at(-1)?.plan, { present: 0, images: 0, failed: 1, bytes: 0 });
    const [refused] = linesOf("failed", await scene.lines(["warm", name], 1));
    assert.equal(refused?.code, "refused");
    assert.match(refused?.error ?? "", /it has 126 layers, and the daemon's storage driver \w+ takes at most 125$/);
  },
);

testOnDocker(
  "image warm --file protects its images until they leave the file, and says where they came from",
  async ({ engine, binary }) => {
    await using scene = await openWarmScene(engine, binary);
    const [first, second] = [await scene.push("first"), await scene.push("second")];
    const [one, two] = [scene.nameOf("first"), scene.nameOf("second")];
    const path = await scene.write(`images:\n  - image: ${one}\n  - { image: "${two}", protect: 2hrs, priority: 5 }\n`);
    const lines = await scene.lines(["warm", "--file", path, "--concurrency", "1"]);
    assert.deepEqual(
      linesOf("done", lines).map(({ image }) => image),
      [two, one],
      "priority comes first",
    );
    const records = (await scene.state.warm.list()).sort((a, b) => a.reference.localeCompare(b.reference));
    assert.deepEqual(
      records.map(({ reference, imageId, set, warmedAtMs, protectedUntilMs }) => ({
        ...{ reference, imageId, set },
        forMs: protectedUntilMs && protectedUntilMs - warmedAtMs,
      })),
      [
        { reference: one, imageId: first.id, set: path, forMs: undefined },
        { reference: two, imageId: second.id, set: path, forMs: 7_200_000 },
      ],
    );
    const arrivals = (await scene.state.arrivals.list()).map(({ imageId }) => imageId);
    assert.deepEqual(arrivals.sort(), [first.id, second.id].sort());
    await scene.lines(["warm", one]);
    await scene.write(`images:\n  - image: ${two}\n`);
    await scene.lines(["warm", "--file", path]);
    const left = (await scene.state.warm.list()).map(({ reference, set }) => ({ reference, set }));
    assert.deepEqual(
      left.sort((a, b) => a.reference.localeCompare(b.reference)),
      [
        { reference: one, set: undefined },
        { reference: two, set: path },
      ],
      "what a command line has named is not the file's to let go of",
    );
    await scene.write("images: []\n");
    await scene.lines(["warm", "--file", path]);
    assert.deepEqual(
      (await scene.state.warm.list()).map(({ reference }) => reference),
      [one],
    );
  },
);

testOnDocker(
  "image warm --watch fetches again what was removed by hand, within the set, and ends with SIGTERM (J 59)",
  async ({ engine, binary }) => {
    await using scene = await openWarmScene(engine, binary);
    await scene.push("a");
    const name = scene.nameOf("a");
    await using command = scene.start("warm", name, "--watch", "--json");
    const states = () => readWarmLines(command.stdout).map(({ state }) => state);
    await eventually("the image", () => states().includes("done"));
    await engine.removeImage(name);
    await eventually("the image again", async () => states().at(-1) === "done" && (await engine.inspectImage(name)));
    assert.ok(states().includes("missing"));
    command.interrupt("SIGTERM");
    const { end, stderr } = await command.result;
    assert.equal(end, 0, stderr);
  },
);

testOnDocker(
  "image warm --watch follows a tag that moves, and a file that changes, and keeps to it while it is broken",
  async ({ engine, binary }) => {
    await using scene = await openWarmScene(engine, binary);
    const first = await scene.push("a");
    const [a, b] = [scene.nameOf("a"), scene.nameOf("b")];
    const path = await scene.write(`images: [{ image: "${a}" }]\n`);
    await using command = scene.start("warm", "--file", path, "--watch", "--json", "--interval", "300ms");
    const done = () => linesOf("done", readWarmLines(command.stdout)).map(({ id }) => id);
    await eventually("the first image", () => done().includes(first.id));
    const manifests = scene.upstream.count("manifest_get");
    const heads = scene.upstream.count("manifest_head");
    await eventually("looks at the tag", () => scene.upstream.count("manifest_head") > heads + 2);
    assert.equal(scene.upstream.count("manifest_get"), manifests, "a look is a HEAD");
    assert.deepEqual(done(), [first.id], "what has not changed is no news");
    const moved = await scene.push("a");
    await eventually("the image of the moved tag", () => done().includes(moved.id));
    assert.equal(linesOf("moved", readWarmLines(command.stdout)).length, 1);
    assert.equal((await scene.state.warm.list())[0]?.imageId, moved.id);
    await scene.write("images: [{ image: B }]\n");
    await eventually("a complaint about the file", () => command.stderr.includes("goes on to hold"));
    const second = await scene.push("b");
    await scene.write(`images: [{ image: "${b}" }]\n`);
    await eventually("the image that is new in the file", () => done().includes(second.id));
    assert.deepEqual(
      (await scene.state.warm.list()).map(({ reference }) => reference),
      [b],
    );
    command.interrupt("SIGTERM");
    assert.equal((await command.result).end, 0);
    await engine.removeImage(first.id);
  },
);

testOnDocker(
  "image warm --watch takes the file, pace, limits and window of a changed configuration over",
  async ({ engine, binary }) => {
    await using scene = await openWarmScene(engine, binary);
    const pushed = await scene.push("a");
    const [a, b] = [scene.nameOf("a"), scene.nameOf("b")];
    const second = await scene.push("b");
    const first = await scene.write(`images: [{ image: "${a}" }]\n`, "first.yaml");
    const other = await scene.write(`images: [{ image: "${b}" }]\n`, "other.yaml");
    const hour = new Date().getHours();
    const closed = `${(hour + 2) % 24}:00-${(hour + 3) % 24}:00`;
    // The plan takes a few kilobytes, layers would take minutes.
    await scene.configure(`warm: { file: ${first}, window: "${closed}", interval: 1hrs, bandwidth: 2k }\n`);
    await using command = scene.start("warm", "--watch", "--json");
    const news = (state: string) => linesOf(state, readWarmLines(command.stdout)).map(({ image }) => image);
    await eventually("its place in the queue", () => news("queued").includes(a));
    assert.deepEqual(news("pulling"), []);
    await scene.configure(`warm: { file: ${first}, interval: 1hrs, concurrency: 0 }\n`);
    await eventually("a complaint", () => command.stderr.includes("what it said before goes on to hold"));
    assert.deepEqual(news("pulling"), [], "the window before holds on");
    await scene.configure(`warm: { file: ${first}, interval: 1hrs, bandwidth: 2k }\n`);
    await eventually("its beginning", () => news("pulling").includes(a));
    await scene.configure(`warm: { file: ${first}, interval: 1hrs }\n`);
    await eventually("the image", () => news("done").includes(a));
    await scene.configure(`warm: { file: ${other}, interval: 1hrs }\n`);
    await eventually("the image of the other file", () => news("done").includes(b));
    assert.deepEqual(
      (await scene.state.warm.list()).map(({ imageId, set }) => [imageId, set]).sort(),
      [
        [pushed.id, first],
        [second.id, other],
      ].sort(),
    );
    command.interrupt("SIGTERM");
    const { end, stderr } = await command.result;
    assert.equal(end, 0, stderr);
    const planned = await scene.lines(["warm", "--dry-run"]);
    assert.deepEqual(planned.at(-1)?.plan, { present: 1, images: 0, failed: 0, bytes: 0 });
  },
);

testOnDocker("image warm that is ended in the middle ends at once, and the next one goes on", async (bench) => {
  const { engine, binary } = bench;
  await using scene = await openWarmScene(engine, binary);
  const { id } = await scene.push("a", 1_000_000);
  const name = scene.nameOf("a");
  await using command = scene.start("warm", name, "--watch", "--json", "--bandwidth", "100k");
  await eventually("bytes", () => linesOf("pulling", readWarmLines(command.stdout)).some(({ bytes = 0 }) => bytes > 0));
  command.interrupt("SIGTERM");
  assert.equal((await command.result).end, 0);
  assert.equal(await engine.inspectImage(name), undefined);
  assert.deepEqual(await scene.state.warm.list(), []);
  assert.equal(linesOf("done", await scene.lines(["warm", name]))[0]?.id, id);
});

testOnDocker(
  "image warm --window begins nothing outside of it, and SIGTERM ends the wait",
  async ({ engine, binary }) => {
    await using scene = await openWarmScene(engine, binary);
    await scene.push("a");
    const hour = new Date().getHours();
    const at = (later: number) => `${(hour + later) % 24}:00`;
    await using command = scene.start("warm", scene.nameOf("a"), "--json", "--window", `${at(2)}-${at(3)}`);
    await eventually("its place in the queue", () => linesOf("queued", readWarmLines(command.stdout)).length > 0);
    assert.equal(scene.upstream.count("blob_get"), 1, "the configuration, which the plan is made of");
    const opening = new RegExp(`images wait for the window .* images=1 opens=${at(2).padStart(5, "0")}`);
    await eventually("when they will be fetched", () => opening.test(command.stderr));
    command.interrupt("SIGTERM");
    assert.equal((await command.result).end, 1);
    const lines = await scene.lines(["warm", scene.nameOf("a"), "--window", `${at(0)}-${at(2)}`]);
    assert.equal(linesOf("done", lines).length, 1);
  },
);
