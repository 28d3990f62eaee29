import assert from "node:assert/strict";
import { test } from "node:test";
import { referrersTagOf } from "../../../registry/client/referrers_tag.ts";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { assertOffered, chooseChildren, rewriteIndex } from "../../../registry/mirror/children.ts";
import { copyImage } from "../../../registry/mirror/copy_image.ts";
import type { MirrorJob } from "../../../registry/mirror/mirror_job.ts";
import { pickImage } from "../../../registry/mirror/pick_image.ts";
import { planImage } from "../../../registry/mirror/plan_image.ts";
import { measurePlan, planMirror } from "../../../registry/mirror/plan_mirror.ts";
import { runMirror } from "../../../registry/mirror/run_mirror.ts";
import type { Registry } from "../../../registry/registry.ts";
import { unsupportedRegistry } from "../../../registry/unsupported_registry.ts";
import { childrenOf, parseManifest } from "../../../registry/values/manifest.ts";
import { parsePlatform } from "../../../registry/values/platform.ts";
import { openFastClient } from "../client/fast_client.ts";
import { answer, type Fault, openFaultyServer } from "../client/faulty_server.ts";
import { type AttestedIndex, pushAttested } from "../conformance/attested_index.ts";
import {
  indexOf,
  list,
  pushChart,
  pushImage,
  pushManifest,
  pushNested,
  type Specimen,
} from "../conformance/specimens.ts";
import { at } from "./mirror_bench.ts";

const arm = { os: "linux", architecture: "arm64" };

/** An index of an image for each architecture, with attestations. */
async function pushIndex(registry: Registry, tag: string): Promise<AttestedIndex> {
  const images: Record<string, Specimen> = {};
  for (const platform of ["linux/amd64", "linux/arm64"]) images[platform] = await pushImage(registry, at, []);
  return await pushAttested(registry, at, images, [tag]);
}

async function run(job: MirrorJob) {
  const told: { step: string; rewritten?: string | undefined }[] = [];
  for await (const outcome of runMirror(job, await planMirror(job))) {
    assert.equal(outcome.kind, "done", outcome.kind === "failed" ? String(outcome.error) : "");
    if (outcome.kind === "done") told.push({ step: outcome.step.kind, rewritten: outcome.copied?.rewritten });
  }
  return told;
}

test("chooseChildren() takes the attestations of the images that it takes, and no others (J 13)", async () => {
  const source = memoryRegistry();
  const { index, parts } = await pushIndex(source, "v1");
  const manifest = parseManifest(index.bytes, index.descriptor.mediaType);
  const chosen = chooseChildren(manifest, [arm]).map(({ digest }) => digest);
  assert.deepEqual(chosen, [parts[2]!.descriptor.digest, parts[3]!.descriptor.digest]);
  assert.equal(chooseChildren(manifest, undefined).length, 4);
});

test("of an index that has none of the platforms nothing is copied, and what it has is told", async () => {
  for (const checks of ["everything", "blobs"] as const) {
    const [source, target] = [memoryRegistry(), memoryRegistry({ checks })];
    const { index } = await pushIndex(source, "v1");
    await pushImage(source, at, ["v2"]);
    const places = { source: { registry: source, repository: at }, target: { registry: target, repository: at } };
    const platforms = ["linux/s390x", "windows/amd64"].map(parsePlatform);
    const error = {
      code: "MANIFEST_UNKNOWN",
      message: 'Cannot take images for linux/s390x, windows/amd64 from "v1": it has linux/amd64, linux/arm64',
    };
    const copying = { platforms, tags: ["v1"] };
    await assert.rejects(copyImage(places.source, places.target, "v1", copying), error);
    await assert.rejects(planImage(places.source, places.target, "v1", copying), error);
    const job = { ...places, tags: {}, platforms };
    await assert.rejects(measurePlan(job, await planMirror(job)), error);
    const told: string[] = [];
    for await (const outcome of runMirror(job, await planMirror(job))) {
      told.push(`${outcome.step.tag} ${outcome.kind === "failed" ? String(outcome.error) : outcome.kind}`);
    }
    assert.deepEqual(told.toSorted(), [`v1 RegistryError: ${error.message}`, "v2 done"]);
    assert.deepEqual(await list(target.listTags(at)), ["v2"]);
    // As it was left there before.
    const bytes = rewriteIndex(index.bytes, []);
    await target.pushManifest(at, bytes, { mediaType: index.descriptor.mediaType, tags: ["v1"] });
    assert.deepEqual(
      (await planMirror(job)).steps.map(({ kind, tag }) => `${kind} ${tag}`),
      ["update v1", "same v2"],
    );
  }
});

test("chooseChildren() takes an index inside an index for any platform, which is asked about what is in it", async () => {
  const source = memoryRegistry();
  const { index } = await pushIndex(source, "inner");
  const outer = indexOf([index]);
  await pushManifest(source, at, outer, ["outer"]);
  const manifest = parseManifest(outer.bytes, outer.descriptor.mediaType);
  assertOffered(manifest, [arm], "outer");
  assert.equal(chooseChildren(manifest, [arm]).length, 1);
});

test("an index is rewritten where the target takes none with images that are missing, and that is told (J 12)", async () => {
  const [source, target] = [memoryRegistry(), memoryRegistry({ checks: "everything" })];
  const { index, parts } = await pushIndex(source, "v1");
  const job = {
    source: { registry: source, repository: at },
    target: { registry: target, repository: at },
    tags: {},
    platforms: [arm],
  };
  const [{ step, rewritten } = { step: "none" }] = await run(job);
  assert.equal(step, "add");
  const { bytes, descriptor } = await target.getManifest(at, "v1");
  assert.equal(descriptor.digest, rewritten);
  assert.notEqual(descriptor.digest, index.descriptor.digest);
  const children = childrenOf(parseManifest(bytes, descriptor.mediaType));
  assert.deepEqual(children, [parts[2]!.descriptor, parts[3]!.descriptor]);
  assert.deepEqual(await run(job), [], "it is in step all the same");
  await pushIndex(source, "v1");
  assert.deepEqual(
    (await run(job)).map((one) => one.step),
    ["update"],
  );
});

test("an index inside an index is not rewritten: its digest stands in the other (J 12)", async () => {
  const [source, strict] = [memoryRegistry(), memoryRegistry({ checks: "everything" })];
  let pushes = 0;
  const countedPush: Registry["pushManifest"] = (...words) => {
    pushes++;
    return strict.pushManifest(...words);
  };
  const target = unsupportedRegistry({
    pushBlob: (...words) => strict.pushBlob(...words),
    statBlob: (...words) => strict.statBlob(...words),
    statManifest: (...words) => strict.statManifest(...words),
    pushManifest: countedPush,
  });
  const { index } = await pushIndex(source, "inner");
  await pushManifest(source, at, indexOf([index]), ["outer"]);
  const place = (registry: Registry) => ({ registry, repository: at });
  const copying = copyImage(place(source), place(target), "outer", { platforms: [arm], tags: ["outer"] });
  await assert.rejects(copying, { code: "MANIFEST_BLOB_UNKNOWN" });
  assert.equal(pushes, 3, "an image, its attestation, and the index once");
});

test("an index is copied with its attestations and what refers to its images (J 13)", async () => {
  const [source, target] = [memoryRegistry(), memoryRegistry({ checks: "everything" })];
  const { index, parts } = await pushIndex(source, "v1");
  const subjects = [index.descriptor, parts[0]!.descriptor];
  for (const subject of subjects) await pushImage(source, at, [], { subject });
  const places = { source: { registry: source, repository: at }, target: { registry: target, repository: at } };
  await run({ ...places, tags: {}, referrers: "copied" });
  assert.equal((await target.statManifest(at, "v1")).digest, index.descriptor.digest);
  for (const { descriptor } of parts) await target.statManifest(at, descriptor.digest);
  for (const { digest } of subjects) assert.equal((await list(target.listReferrers(at, digest))).length, 1);
});

/** A registry that knows nothing of referrers, as distribution before 3. */
const old: Fault = (request, response) => {
  if (request.url?.includes("/referrers/")) return answer(response, 404, {}, "404 page not found");
  const write = response.writeHead.bind(response);
  response.writeHead = ((status: number, headers: Record<string, string>) => {
    const { "oci-subject": _, ...others } = headers;
    return write(status, others);
  }) as typeof response.writeHead;
  return "pass";
};

test("where a registry knows no referrers, the tag that lists them is kept, with what was in it (J 13)", async () => {
  const source = memoryRegistry();
  await using server = await openFaultyServer(old);
  using client = openFastClient(server.host);
  const { descriptor: subject } = await pushImage(source, at, ["v1"]);
  const copied = await pushImage(source, at, [], { subject, artifactType: "a/b" });
  await pushManifest(source, at, indexOf([copied]), [referrersTagOf(subject.digest)]);
  const own = await pushImage(client, at, [], { subject, artifactType: "c/d" });
  const job: MirrorJob = {
    source: { registry: source, repository: at },
    target: { registry: client, repository: at },
    tags: {},
    referrers: "copied",
    deleteExtraneous: { maximumPercent: 100 },
  };
  assert.deepEqual(
    (await run(job)).map(({ step }) => step),
    ["add"],
    "the tag itself is not mirrored",
  );
  const found = await list(client.listReferrers(at, subject.digest));
  assert.deepEqual(
    found.map(({ digest }) => digest).toSorted(),
    [copied, own].map((one) => one.descriptor.digest).toSorted(),
  );
  assert.deepEqual(await list(client.listTags(at)), [referrersTagOf(subject.digest), "v1"]);
  assert.deepEqual(await run(job), []);
});

test("pickImage() takes the image that runs best, through indexes, and tells of those that there are", async () => {
  const source = memoryRegistry();
  const { index, parts } = await pushIndex(source, "inner");
  await pushManifest(source, at, indexOf([{ ...index, descriptor: { ...index.descriptor, platform: arm } }]), [
    "outer",
  ]);
  const place = { registry: source, repository: at };
  assert.equal(await pickImage(place, "outer", arm), parts[2]!.descriptor.digest);
  assert.equal(
    await pickImage(place, parts[0]!.descriptor.digest, arm),
    parts[0]!.descriptor.digest,
    "an image is itself",
  );
  await assert.rejects(pickImage(place, "inner", { os: "windows", architecture: "amd64" }), {
    code: "MANIFEST_UNKNOWN",
    message: /for windows\/amd64 from "inner": it has linux\/amd64, linux\/arm64$/,
  });
});

test("pickImage() refuses what is no image, by the name that is told", async () => {
  const registry = memoryRegistry();
  await pushChart(registry, at, ["v1"]);
  const place = { registry, repository: at };
  await assert.rejects(pickImage(place, "v1", arm, { name: "reg.example/charts/app:v1" }), {
    code: "MANIFEST_INVALID",
    message:
      /image for linux\/arm64 from "reg\.example\/charts\/app:v1": it is no image but an artifact of type "application/,
  });
});

test("pickImage() follows four indexes in one another, and no more", async () => {
  const registry = memoryRegistry();
  const image = await pushImage(registry, at, []);
  for (const depth of [4, 5]) await pushNested(registry, at, { image, platform: arm, depth }, [`deep${depth}`]);
  const place = { registry, repository: at };
  assert.equal(await pickImage(place, "deep4", arm), image.descriptor.digest);
  await assert.rejects(pickImage(place, "deep5", arm), {
    code: "MANIFEST_UNKNOWN",
    message: 'Cannot take an image for linux/arm64 from "deep5": it leads to other indexes only',
  });
});
