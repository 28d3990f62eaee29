import assert from "node:assert/strict";
import { release, totalmem } from "node:os";
import { test } from "node:test";
import { type EngineInfo, openEngine, parseEngineAddress } from "../../src/docker/mod.ts";
import { examineDaemon } from "../../src/doctor/daemon_check.ts";
import { examineDisk, judgeDisk } from "../../src/doctor/disk_check.ts";
import { examineEngine } from "../../src/doctor/engine_checks.ts";
import { examineImageSize } from "../../src/doctor/image_size_check.ts";
import { examineNames } from "../../src/doctor/names_check.ts";
import { fail } from "../fakes/engine_faults.ts";
import { plainInfo } from "../fakes/engine_specimens.ts";
import { FakeEngine } from "../fakes/fake_engine.ts";

const { signal } = new AbortController();

test("a daemon that answers is well, and its state is gone on with", async () => {
  const { findings, info } = await examineDaemon(new FakeEngine(), signal);
  assert.deepEqual(findings, [{ about: "daemon", verdict: "ok", found: "Docker 20.10.24, API 1.41, linux/amd64" }]);
  assert.equal(info, plainInfo);
});

test("a daemon that is not there is a failure that says how it is mended", async () => {
  await using engine = openEngine(parseEngineAddress("unix:///nonexistent/docker.sock"));
  const { findings, info } = await examineDaemon(engine, signal);
  assert.equal(info, undefined);
  assert.equal(findings[0]?.verdict, "failure");
  assert.match(findings[0]?.found ?? "", /no such socket; is dockerd running\?/);
  assert.match(findings[0]?.mend ?? "", /start dockerd/);
});

for (const [code, mend] of [
  ["forbidden", /as root or as a member of the socket's group/],
  ["timeout", /a daemon that hangs has to be restarted/],
  ["unsupported", /Docker 1.12 or newer/],
  ["failed", /look at its log/],
] as const) {
  test(`a daemon that fails with ${code} is a failure with a mend of its own`, async () => {
    const engine = new FakeEngine();
    engine.once("version", fail(code, "it is so"));
    const [finding] = (await examineDaemon(engine, signal)).findings;
    assert.deepEqual([finding?.verdict, finding?.found], ["failure", "it is so"]);
    assert.match(finding?.mend ?? "", mend);
  });
}

/** A daemon's host that is this one, in the best state. */
const soundInfo: EngineInfo = {
  ...plainInfo,
  LiveRestoreEnabled: true,
  KernelVersion: release(),
  MemTotal: totalmem(),
};

test("a daemon in its best state has nothing to be mended", () => {
  for (const { verdict, found } of examineEngine(soundInfo, "local")) assert.equal(verdict, "ok", found);
});

const faulty: readonly (readonly [about: string, change: Partial<EngineInfo>, found: RegExp])[] = [
  ["storage driver", { Driver: "vfs" }, /vfs: it copies a whole image for each layer/],
  ["storage driver", { DriverStatus: { "Supports d_type": "false" } }, /without d_type/],
  ["accounting", { CgroupDriver: "systemd" }, /limited by themselves, as the daemon's cgroup driver is systemd/],
  ["accounting", { CgroupVersion: "2" }, /limited by themselves, as the daemon uses control groups of version 2/],
  ["accounting", { MemTotal: 1 }, /the daemon runs on another host/],
  ["live-restore", { LiveRestoreEnabled: false }, /a restart of the daemon ends every task/],
  ["limits", { SwapLimit: false, PidsLimit: false }, /the kernel cannot limit swap and processes/],
  ["daemon's warning", { Warnings: ["bridge-nf is off"] }, /bridge-nf is off/],
];
for (const [about, change, found] of faulty) {
  test(`${about}: ${JSON.stringify(change)} is a warning with its mend`, () => {
    const bad = examineEngine({ ...soundInfo, ...change }, "local").filter(({ verdict }) => verdict !== "ok");
    assert.equal(bad.length, 1);
    assert.deepEqual([bad[0]?.about, bad[0]?.verdict], [about, "warning"]);
    assert.match(bad[0]?.found ?? "", found);
    assert.ok(bad[0]?.mend);
  });
}

test("containerd's image store is named, and a daemon elsewhere counts for itself", () => {
  const info = { ...soundInfo, DriverStatus: { "driver-type": "io.containerd.snapshotter.v1" } };
  const findings = examineEngine(info, "remote");
  assert.match(findings[0]?.found ?? "", /in containerd's image store/);
  assert.match(findings[1]?.found ?? "", /the daemon is not reached by a socket of this host/);
});

for (const [bytesPercent, inodesPercent, verdict] of [
  [15.1, 100, "ok"],
  [15, 100, "warning"],
  [100, 15, "warning"],
  [5, 5, "warning"],
  [4.9, 50, "failure"],
  [50, 0, "failure"],
] as const) {
  test(`a disk with ${bytesPercent} % of bytes and ${inodesPercent} % of inodes free is judged ${verdict}`, () => {
    assert.equal(judgeDisk("/var/lib/docker", { bytesPercent, inodesPercent }).verdict, verdict);
  });
}

for (const [bytesPercent, verdict] of [
  [10.1, "ok"],
  [10, "warning"],
  [4.9, "failure"],
] as const) {
  test(`a disk with ${bytesPercent} % of bytes free is judged ${verdict} by a mark of 90 %, and its field is told`, () => {
    const mark = { highPercent: 90, statedIn: 'gc.high of "/c.yaml"' };
    const finding = judgeDisk("/var/lib/docker", { bytesPercent, inodesPercent: 50 }, mark);
    assert.equal(finding.verdict, verdict);
    assert.match(finding.found, /are free, and images are collected from 90 % on \(gc\.high of "\/c\.yaml"\)$/);
  });
}

test("a disk that is fuller than usual is well as long as the configured mark is not reached", () => {
  const mark = { highPercent: 98, statedIn: "gc.high" };
  assert.equal(judgeDisk("/var/lib/docker", { bytesPercent: 3, inodesPercent: 50 }, mark).verdict, "ok");
});

test("the size of all images is judged by the one that is configured, layers that they share counted once", async () => {
  const engine = new FakeEngine();
  const layer = (name: string, bytes: number) => ({ digest: `sha256:${name.repeat(64)}`, bytes });
  const image = (name: string) => {
    const id = `sha256:${name.repeat(64)}`;
    return { id, names: [`${name}:1`], digests: [], layers: [layer("f", 3_000_000), layer(name, 1_000_000)] };
  };
  engine.store.detailed = [image("a"), image("b")];
  const limit = { store: "graph" as const, statedIn: "gc.maxSize" };
  const enough = await examineImageSize(engine, { ...limit, maxBytes: 5_000_000 }, signal);
  assert.equal(enough.verdict, "ok");
  assert.equal(enough.found, "5.0 MB, of 5.0 MB that they may have (gc.maxSize)");
  assert.equal((await examineImageSize(engine, { ...limit, maxBytes: 4_999_999 }, signal)).verdict, "warning");
});

test("a disk is measured where it can be, and a folder that is not here is a warning", async () => {
  assert.match((await examineDisk("/", "local")).found, /^\/: \d+ % of bytes and \d+ % of inodes are free$/);
  const { verdict, found } = await examineDisk("/nonexistent", "local");
  assert.equal(verdict, "warning");
  assert.match(found, /"\/nonexistent" cannot be looked at/);
  assert.equal((await examineDisk("/nonexistent", "remote")).verdict, "ok");
});

test("containers that an agent would take for its own are told of, and those of agents are not", async () => {
  const engine = new FakeEngine({ images: ["busybox"] });
  const create = (name: string) => engine.createContainer({ name, body: { Image: "busybox" } });
  await create("web");
  await create("mesos-0dbff4c5-9ae2-4b8b-8a4e-7d2d1d1ad0a1");
  await create("mesos-a1-S0.0dbff4c5-9ae2-4b8b-8a4e-7d2d1d1ad0a1.executor");
  assert.equal((await examineNames(engine, signal)).verdict, "ok");
  await create("mesos-proxy");
  const { verdict, found } = await examineNames(engine, signal);
  assert.equal(verdict, "warning");
  assert.match(found, /^"mesos-proxy": agents with the Docker containerizer remove/);
  engine.once("listContainers", fail("failed", "no list"));
  assert.deepEqual((await examineNames(engine, signal)).found, "no list");
});
