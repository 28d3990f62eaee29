import assert from "node:assert/strict";
import { test } from "node:test";
import { type ContainerCreate, EngineError, type EngineErrorCode, type HostConfig } from "../../../src/docker/mod.ts";
import { mayBeForSize, StorageQuota } from "../../../src/executor/container/storage_quota.ts";
import { plainInfo } from "../../fakes/engine_specimens.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";

const requestOf = (HostConfig: HostConfig): ContainerCreate => ({ name: "n", body: { Image: "busybox", HostConfig } });
const request = requestOf({ NetworkMode: "host" });

/** A daemon with a storage driver over a file system. */
function openEngine(driver: string, backing?: string): FakeEngine & { asked: number } {
  const engine = Object.assign(new FakeEngine(), { asked: 0 });
  const DriverStatus: Record<string, string> = backing === undefined ? {} : { "Backing Filesystem": backing };
  engine.info = async () => {
    engine.asked++;
    return { ...plainInfo, Driver: driver, DriverStatus };
  };
  return engine;
}

for (const [driver, backing, size] of [
  ["btrfs", undefined, "10m"],
  ["zfs", undefined, "10m"],
  ["devicemapper", undefined, "10m"],
  ["overlay2", "xfs", "10m"],
  ["overlay2", "extfs", undefined],
  ["overlay2", undefined, undefined],
  ["overlayfs", "xfs", undefined],
  ["vfs", "xfs", undefined],
] as const) {
  test(`findSizedRequest() asks ${size ? "for a size" : "for none"} of ${driver} over ${backing ?? "anything"}`, async () => {
    const sized = await new StorageQuota(openEngine(driver, backing)).findSizedRequest(request, 9.5);
    assert.deepEqual(sized?.body.HostConfig, size && { NetworkMode: "host", StorageOpt: { size } });
  });
}

test("findSizedRequest() changes nothing but the size", async () => {
  const sized = await new StorageQuota(openEngine("btrfs")).findSizedRequest(request, 1);
  assert.deepEqual(sized, requestOf({ NetworkMode: "host", StorageOpt: { size: "1m" } }));
  assert.deepEqual(request, requestOf({ NetworkMode: "host" }));
});

for (const diskMb of [undefined, 0]) {
  test(`findSizedRequest() asks the daemon for nothing when the disk is ${diskMb}`, async () => {
    const engine = openEngine("btrfs");
    assert.equal(await new StorageQuota(engine).findSizedRequest(request, diskMb), undefined);
    assert.equal(engine.asked, 0);
  });
}

test("findSizedRequest() leaves a size that the task says itself", async () => {
  const own = requestOf({ StorageOpt: { size: "1g" } });
  assert.equal(await new StorageQuota(openEngine("btrfs")).findSizedRequest(own, 10), undefined);
});

test("findSizedRequest() asks the daemon once what it is", async () => {
  const engine = openEngine("btrfs");
  const quota = new StorageQuota(engine);
  for (let task = 0; task < 3; task++) assert.ok(await quota.findSizedRequest(request, 10));
  assert.equal(engine.asked, 1);
});

const codes: Readonly<Partial<Record<EngineErrorCode, boolean>>> = {
  invalid: true,
  failed: true,
  unsupported: true,
  timeout: false,
  conflict: false,
  not_found: false,
  aborted: false,
  absent: false,
};

for (const [code, expected] of Object.entries(codes)) {
  test(`mayBeForSize() takes ${code} for ${expected ? "a refusal of the size" : "another trouble"}`, () => {
    assert.equal(mayBeForSize(new EngineError(code as EngineErrorCode, "x")), expected);
  });
}

test("mayBeForSize() takes an error that is not the daemon's for another trouble", () => {
  assert.equal(mayBeForSize(new RangeError("a bug")), false);
});

test("mayBeForSize() takes an answer that was lost for another trouble: there may be a container by now", () => {
  assert.equal(mayBeForSize(new EngineError("failed", "cut off", { retryable: true })), false);
});
