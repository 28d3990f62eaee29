import assert from "node:assert/strict";
import { test } from "node:test";
import {
  compareApiVersions,
  type DaemonVersion,
  negotiateVersion,
  readDaemonVersion,
} from "../../../src/docker/http/negotiation.ts";
import { version20, version29 } from "../fake_daemon.ts";

function daemon(minApiVersion: string, apiVersion: string): DaemonVersion {
  return { minApiVersion, apiVersion, engineVersion: "1.2.3", os: "linux", arch: "amd64" };
}

test("negotiateVersion() takes the newest version that both sides know", () => {
  const cases: [oldest: string, newest: string, agreed: string][] = [
    ["1.12", "1.24", "1.24"],
    ["1.12", "1.41", "1.41"],
    ["1.24", "1.52", "1.52"],
    ["1.44", "1.54", "1.52"],
    ["1.52", "1.60", "1.52"],
    ["1.44", "2.0", "1.52"],
  ];
  for (const [oldest, newest, apiVersion] of cases) {
    assert.deepEqual(
      negotiateVersion(daemon(oldest, newest)),
      { kind: "agreed", apiVersion },
      `${oldest} to ${newest}`,
    );
  }
});

test("negotiateVersion() refuses daemons that are too old or too new", () => {
  assert.deepEqual(negotiateVersion(daemon("1.12", "1.23")), {
    kind: "none",
    why: "the daemon 1.2.3 takes API 1.12 to 1.23, this program speaks 1.24 to 1.52",
  });
  assert.deepEqual(negotiateVersion(daemon("1.53", "1.60")), {
    kind: "none",
    why: "the daemon 1.2.3 takes API 1.53 to 1.60, this program speaks 1.24 to 1.52",
  });
});

test("negotiateVersion() takes a wanted version if the daemon does", () => {
  assert.deepEqual(negotiateVersion(daemon("1.24", "1.60"), "1.55"), { kind: "agreed", apiVersion: "1.55" });
  for (const wanted of ["1.23", "1.61", "newest", ""]) {
    assert.deepEqual(negotiateVersion(daemon("1.24", "1.60"), wanted), {
      kind: "none",
      why: `the daemon 1.2.3 takes API 1.24 to 1.60, wanted is ${wanted}`,
    });
  }
});

test("readDaemonVersion() reads what dockerd 20.10 and 29 answer", () => {
  assert.deepEqual(readDaemonVersion(version20), {
    apiVersion: "1.41",
    minApiVersion: "1.12",
    engineVersion: "20.10.24+dfsg1",
    os: "linux",
    arch: "amd64",
  });
  assert.deepEqual(negotiateVersion(readDaemonVersion(version29)), { kind: "agreed", apiVersion: "1.52" });
});

test("readDaemonVersion() refuses what no Docker daemon answers", () => {
  for (const value of [null, [], "1.41", { status: "ok" }, { ApiVersion: 1.41 }, { ApiVersion: "v1.41" }]) {
    assert.throws(() => readDaemonVersion(value), SyntaxError, JSON.stringify(value));
  }
});

test("compareApiVersions() compares numbers, not texts", () => {
  assert.ok(compareApiVersions("1.9", "1.10") < 0);
  assert.ok(compareApiVersions("2.0", "1.99") > 0);
  assert.equal(compareApiVersions("1.41", "1.41"), 0);
});
