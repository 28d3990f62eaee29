import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { test } from "node:test";
import { EngineError, type EngineInfo } from "../../../src/docker/mod.ts";
import {
  CgroupParent,
  type CgroupParentParts,
  withCgroupParent,
} from "../../../src/executor/accounting/cgroup_parent.ts";
import { plainInfo } from "../../fakes/engine_specimens.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { mountsV1, openKernelSpecimen } from "../kernel_specimen.ts";
import { RecordingLog } from "../recording_log.ts";

const own = "4:freezer:/mesos/c1\n3:memory:/mesos/c1\n2:cpu:/mesos/c1\n1:pids:/\n";

const host = { kernelVersion: "6.1", memoryBytes: 2 ** 34 };

interface Look {
  groups?: string;
  info?: Partial<EngineInfo>;
  parts?: Partial<CgroupParentParts>;
}

async function look({ groups = own, info = {}, parts = {} }: Look) {
  await using kernel = await openKernelSpecimen({ "proc/self/cgroup": groups, "proc/self/mountinfo": mountsV1 });
  const engine = new FakeEngine();
  let asked = 0;
  engine.info = async () => {
    asked++;
    return { ...plainInfo, ...info };
  };
  const log = new RecordingLog();
  const parent = new CgroupParent({
    engine,
    log,
    setting: { kind: "auto" },
    daemon: "local",
    view: kernel,
    host,
    ...parts,
  });
  const found = await parent.find("c1");
  await parent.find("c1");
  const [line, ...more] = log.lines;
  assert.deepEqual(more, [], "it is told once");
  assert.equal(line?.level, "info");
  return { path: found?.path, fields: line?.fields, asked };
}

test("containers go into the executor's own control group, and the daemon is asked once", async () => {
  const { path, fields, asked } = await look({});
  assert.equal(path, "/mesos/c1");
  assert.deepEqual(fields, { parent: "/mesos/c1", controllers: "freezer,memory,cpu" });
  assert.equal(asked, 1);
});

test("containers go where the executor is destroyed though the agent counts nothing", async () => {
  const { path, fields } = await look({ groups: "2:freezer:/mesos/c1\n3:memory:/\n1:cpu:/\n" });
  assert.equal(path, "/mesos/c1");
  assert.deepEqual(fields, { parent: "/mesos/c1", controllers: "freezer" });
});

const without: readonly { title: string; look: Look; why: RegExp; asked: number }[] = [
  { title: "the settings want it so", look: { parts: { setting: { kind: "off" } } }, why: /settings/, asked: 0 },
  { title: "there is none", look: { groups: "2:memory:/\n1:cpu:/\n" }, why: /has not given/, asked: 0 },
  {
    title: "it is shared with the agent",
    look: { groups: "2:memory:/system.slice/mesos-slave.service\n1:cpu:/system.slice/mesos-slave.service\n" },
    why: /has not given/,
    asked: 0,
  },
  { title: "its name only ends alike", look: { groups: "2:memory:/mesos/xc1\n" }, why: /has not given/, asked: 0 },
  {
    title: "hierarchies differ",
    look: { groups: "2:memory:/mesos/c1\n1:cpu:/other/c1\n" },
    why: /differ from hierarchy to hierarchy/,
    asked: 0,
  },
  { title: "it is one of version 2", look: { groups: "0::/mesos/c1\n" }, why: /agent uses .* version 2/, asked: 0 },
  { title: "the daemon is remote", look: { parts: { daemon: "remote" } }, why: /not reached by a socket/, asked: 0 },
  {
    title: "the socket leads to another kernel",
    look: { info: { KernelVersion: "5.4" } },
    why: /another host/,
    asked: 1,
  },
  {
    title: "the socket leads to another machine",
    look: { info: { MemTotal: 1 } },
    why: /another host/,
    asked: 1,
  },
  {
    title: "the daemon uses version 2",
    look: { info: { CgroupVersion: "2" } },
    why: /daemon uses .* version 2/,
    asked: 1,
  },
  {
    title: "the daemon's driver is systemd",
    look: { info: { CgroupDriver: "systemd" } },
    why: /cgroup driver is systemd/,
    asked: 1,
  },
];

for (const { title, look: given, why, asked: expected } of without) {
  test(`containers stay the daemon's when ${title}`, async () => {
    const { path, fields, asked } = await look(given);
    assert.equal(path, undefined);
    assert.match(String(fields?.why), why);
    assert.equal(asked, expected);
  });
}

test("containers stay the daemon's when it does not tell what it is", async () => {
  const engine = new FakeEngine();
  engine.info = () => Promise.reject(new EngineError("failed", "Cannot ask the daemon: it is tired"));
  const { path, fields } = await look({ parts: { engine } });
  assert.equal(path, undefined);
  assert.match(String(fields?.why), /it is tired/);
});

test("an operator's path is taken as it is", async () => {
  const { path, asked } = await look({ parts: { setting: { kind: "path", path: "tasks.slice" } } });
  assert.equal(path, "tasks.slice");
  assert.equal(asked, 0);
});

test("a parent that containers have left is removed where the agent does not keep it", async () => {
  await using kernel = await openKernelSpecimen({
    "proc/self/cgroup": own,
    "proc/self/mountinfo": `${mountsV1}50 31 0:50 / @/cg/unified rw - cgroup2 cgroup2 rw\n`,
    "cg/blkio/mesos/c1/d/still": "here",
  });
  for (const name of ["memory", "cpu", "freezer", "pids", "unified"]) {
    await mkdir(kernel.folder.at("cg", name, "mesos/c1"), { recursive: true });
  }
  const engine = new FakeEngine();
  const parts = { engine, log: new RecordingLog(), setting: { kind: "auto" }, daemon: "local", host } as const;
  const found = await new CgroupParent({ ...parts, view: kernel }).find("c1");
  await found?.letGo?.();
  const left = ["memory", "cpu", "freezer", "pids", "unified", "blkio"].filter((name) =>
    existsSync(kernel.folder.at("cg", name, "mesos/c1")),
  );
  assert.deepEqual(left, ["memory", "cpu", "freezer", "blkio"]);
});

test("withCgroupParent() leaves a task its own choice", () => {
  const plain = { name: "n", body: { Image: "i" } };
  const chosen = { name: "n", body: { Image: "i", HostConfig: { CgroupParent: "/mine" } } };
  assert.deepEqual(withCgroupParent(plain, "/p").body.HostConfig, { CgroupParent: "/p" });
  assert.equal(withCgroupParent(chosen, "/p"), chosen);
  assert.equal(withCgroupParent(plain, undefined), plain);
});
