import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStorage } from "../../../../registry/memory/memory_storage.ts";
import type { Digest } from "../../../../registry/mod.ts";
import { StoreRegistry } from "../../../../registry/store/store_registry.ts";
import { Inventory } from "../../../../src/images/serving/inventory.ts";
import { pageReadings } from "../../../../src/images/serving/page/page_answers.ts";
import { PullHistory } from "../../../../src/images/serving/pull_history.ts";
import type { Transfer } from "../../../../src/images/serving/transfers.ts";
import { silentLog } from "../../../../src/runtime/log.ts";
import { RecordingLog } from "../../../executor/recording_log.ts";
import { prepareImage, pushImage, pushManifest } from "../../../registry/conformance/specimens.ts";

const nowMs = Date.UTC(2026, 10, 6, 12);

async function openPages(isVisible: (name: string) => boolean = () => true) {
  const store = new StoreRegistry(new MemoryStorage());
  const pulls = await PullHistory.open(undefined, silentLog);
  const transfers: Transfer[] = [];
  const log = new RecordingLog();
  const facts = { storeBytes: 2048, quotaBytes: 4096, pulls: 7, openUploads: 1, startedMs: nowMs - 120_000, nowMs };
  const live = () => ({ ...facts, transfers, cache: { hits: 3, misses: 1 } });
  const readings = pageReadings({
    inventory: new Inventory(store, isVisible, () => nowMs),
    pulls,
    isVisible,
    live,
    log,
  });
  const read = async (path: string, query = "") => {
    const request = { method: "GET", url: `${path}${query}`, signal: new AbortController().signal };
    return (await readings[path]?.(request)) ?? assert.fail(`nothing at ${path}`);
  };
  return { store, pulls, transfers, log, read };
}

test("the first page shows repositories with their sizes, last pulls, hit rate and what runs", async () => {
  const { store, pulls, transfers, read } = await openPages();
  await pushImage(store, "team/app", ["v1", "v2"]);
  pulls.note("team/app", "v1", nowMs - 300_000);
  const about = { repository: "team/app", client: "10.0.0.7", begunMs: nowMs, digest: `sha256:${"c".repeat(64)}` };
  transfers.push({ ...about, kind: "pull", movedBytes: 1024, expectedBytes: 4096 });
  const { text, contentType, headers } = await read("/");
  assert.equal(contentType, "text/html; charset=utf-8");
  for (const shown of [
    "team/app",
    "2.0 KiB",
    "of 4.0 KiB for pushes",
    "75 %",
    "5 minutes ago",
    "1.0 KiB of 4.0 KiB",
    "10.0.0.7",
    "1 open upload",
  ]) {
    assert.ok(text.includes(shown), shown);
  }
  const policy = headers?.["content-security-policy"] ?? "";
  assert.match(policy, /^default-src 'none'; style-src 'sha256-[^']{44}'; script-src 'sha256-[^']{44}'/);
  assert.doesNotMatch(policy, /unsafe/);
  assert.doesNotMatch(text, /\sstyle=|\son\w+=/, "nothing that the policy forbids");
});

test("every table has a caption and headings of its columns and rows", async () => {
  const { store, pulls, read } = await openPages();
  await pushImage(store, "a", ["v1"]);
  pulls.note("a", "v1", nowMs);
  const pages = [await read("/"), await read("/repository", "?name=a")];
  for (const { text } of pages) {
    const tables = text.match(/<table>[\s\S]*?<\/table>/g) ?? [];
    assert.ok(tables.length > 0);
    for (const table of tables) {
      assert.match(table, /^<table>\s*<caption>./);
      assert.match(table, /<th scope="col"/);
      assert.match(table, /<tbody><tr><th scope="row">/);
    }
    assert.equal(text.match(/<h1>/g)?.length, 1);
    assert.match(text, /<html lang="en">/);
  }
});

test("pages escape what others have written", async () => {
  const { pulls, transfers, read } = await openPages();
  const bad = `"><script>alert(1)</script>`;
  pulls.note(bad, bad, nowMs);
  const about = {
    kind: "push",
    repository: bad,
    client: bad,
    begunMs: nowMs,
    movedBytes: 1,
    expectedBytes: undefined,
  } as const;
  transfers.push({ ...about, digest: bad as Digest });
  for (const { text } of [
    await read("/", `?search=${encodeURIComponent(bad)}`),
    await read("/live"),
    await read("/repository", `?name=${bad}`),
  ]) {
    assert.doesNotMatch(text, /<script>alert/);
    assert.doesNotMatch(text, /""?><script/);
  }
});

test("the first page turns over after 25 repositories, and searches", async () => {
  const { store, read } = await openPages();
  for (let at = 10; at < 40; at++) await pushImage(store, `r${at}`, ["v1"]);
  const first = (await read("/")).text;
  assert.ok(first.includes(">r34</a>") && !first.includes(">r35</a>"));
  const next = /href="(\.\?[^"#]*)#repositories">Next page/.exec(first)?.[1] ?? "";
  const second = (await read("/", next.slice(1))).text;
  assert.ok(second.includes(">r35</a>") && second.includes(">r39</a>") && !second.includes("Next page"));
  assert.match(second, /First page/);
  const found = (await read("/", "?search=r1")).text;
  assert.ok(found.includes(">r19</a>") && !found.includes(">r20</a>"));
  assert.match((await read("/", "?search=x%26")).text, /No repository has “x&#38;” in its name/);
});

test("a repository's page turns over after 100 tags, and shows each with its size and last pull", async () => {
  const { store, pulls, read } = await openPages();
  const image = await prepareImage(store, "team/app");
  const tags = Array.from({ length: 130 }, (_, at) => `v${at + 100}`);
  await pushManifest(store, "team/app", image, tags);
  pulls.note("team/app", "v100", nowMs - 3_600_000);
  const first = (await read("/repository", "?name=team%2Fapp")).text;
  assert.ok(first.includes(">v199<") && !first.includes(">v200<"));
  assert.match(first, /<th scope="row">v100<\/th>.*<td class="number">1<\/td><td><time[^>]*>1 hour ago<\/time>/);
  const next = /href="repository(\?[^"]*)">Next page/.exec(first)?.[1]?.replaceAll("&#38;", "&") ?? "";
  const second = (await read("/repository", next)).text;
  assert.ok(second.includes(">v200<") && second.includes(">v229<") && !second.includes(">v199<"));
});

test("pages show nothing of repositories that are not served", async () => {
  const { store, pulls, read } = await openPages((name) => name.startsWith("team"));
  for (const name of ["team/app", "covert"]) {
    await pushImage(store, name, ["v1"]);
    pulls.note(name, "v1", nowMs);
  }
  const { text } = await read("/");
  assert.ok(text.includes("team/app") && !text.includes("covert"));
  const missing = await read("/repository", "?name=covert");
  assert.equal(missing.status, 404);
  assert.match(missing.text, /There is no such repository here/);
});

test("a repository that cannot be read is a row that says so, and a warning", async () => {
  const { store, read, log } = await openPages();
  await pushImage(store, "good", ["v1"]);
  const image = await pushImage(store, "bad", ["v1"]);
  store.measureImages = async (name) => {
    if (name === "bad") throw new Error(`Cannot read "${image.descriptor.digest}"`);
    return { bytes: 1, ownBytes: 1, tags: [] };
  };
  const { text } = await read("/");
  assert.ok(text.includes(">good</a>"));
  assert.match(text, />bad<\/a><\/th><td colspan="5" class="quiet">cannot be read, see the log/);
  assert.deepEqual(log.messages("warn"), ["cannot measure a repository"]);
});

test("the first page of an empty registry says what to do", async () => {
  const { read } = await openPages();
  const { text } = await read("/");
  for (const said of [
    "There is no repository yet: push an image.",
    "Nothing is being transferred.",
    "Nothing has been pulled yet.",
  ]) {
    assert.ok(text.includes(said), said);
  }
});
