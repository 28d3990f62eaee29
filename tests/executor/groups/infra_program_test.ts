import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { createInfraProgram, isInfraArchitecture } from "../../../src/executor/groups/infra_program.ts";

const own = process.arch === "arm64" ? "arm64" : "amd64";
const signalBits = { SIGCHLD: 1n << 16n };

/** A field of the process' status that is a set of signals. */
function readSignals(pid: number, field: string): bigint {
  const [, digits = "0"] =
    new RegExp(`^${field}:\\s+([0-9a-f]+)$`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return BigInt(`0x${digits}`);
}

test("the program ignores SIGCHLD, so that orphans of shared processes leave no zombies, and sleeps", async () => {
  const folder = await mkdtemp(join(tmpdir(), "infra-"));
  try {
    const path = join(folder, "infra");
    await writeFile(path, createInfraProgram(own), { mode: 0o755 });
    const child = spawn(path, { stdio: "ignore" });
    await once(child, "spawn");
    const { pid = 0 } = child;
    const deadline = Date.now() + 10_000;
    while ((readSignals(pid, "SigIgn") & signalBits.SIGCHLD) === 0n) {
      assert.ok(Date.now() < deadline, "it ignores SIGCHLD");
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.equal(readSignals(pid, "SigCgt"), 0n);
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    assert.deepEqual(await exited, [null, "SIGKILL"]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

for (const [architecture, machine] of [
  ["amd64", 62],
  ["arm64", 183],
] as const) {
  test(`the program for ${architecture} is one segment, whose end is what SIGCHLD is set to`, () => {
    const bytes = createInfraProgram(architecture);
    const view = new DataView(bytes.buffer);
    assert.equal(view.getUint16(18, true), machine);
    assert.equal(view.getBigUint64(24, true), 0x40_0000n + 120n, "it starts behind the headers");
    assert.equal(view.getBigUint64(64 + 32, true), BigInt(bytes.length));
    assert.equal(view.getUint32(bytes.length - 32, true), 1, "SIG_IGN");
    assert.ok(bytes.subarray(bytes.length - 31).every((byte) => byte === 0));
  });
}

test("the program for arm64 finds what SIGCHLD is set to", () => {
  const bytes = createInfraProgram("arm64");
  const at = 120 + 8;
  const instruction = new DataView(bytes.buffer).getUint32(at, true);
  // adr x1, immediate: two low bits at 29, nineteen high ones at 5.
  const offset = (((instruction >>> 5) & 0x7_ffff) << 2) | ((instruction >>> 29) & 3);
  assert.equal(instruction & 0x9f00_001f, 0x1000_0001);
  assert.equal(at + offset, bytes.length - 32);
  assert.equal((at + offset) % 8, 0);
});

test("isInfraArchitecture() knows the daemon's names of two architectures", () => {
  const known = ["amd64", "arm64", "arm", "s390x", "toString"].filter(isInfraArchitecture);
  assert.deepEqual(known, ["amd64", "arm64"]);
});
