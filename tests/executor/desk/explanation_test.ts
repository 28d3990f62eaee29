import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { formatExplanation } from "../../../src/executor/desk/explanation.ts";
import type { MountSpec } from "../../../src/executor/task/task_spec.ts";
import {
  Image_Type as ImageType,
  Secret_Type as SecretType,
  Environment_Variable_Type as VariableType,
} from "../../../src/mesos/protocol.ts";
import { createSpec, type TaskInit } from "../task_specimen.ts";
import { bytesOf, translate } from "../translation/translation_specimen.ts";

const shown = { variables: "shown" } as const;

const secretOf = (text: string) => ({ type: SecretType.VALUE, value: { data: bytesOf(text) } });
const auths = JSON.stringify({ auths: { "reg.example": { auth: btoa("me:hidden-password") } } });

/** A task with a secret in each place that can have one. */
const secretive: TaskInit = {
  command: {
    value: "echo $A hidden-variable",
    environment: { variables: [{ name: "A", type: VariableType.SECRET, secret: secretOf("hidden-variable") }] },
  },
  container: {
    mesos: {
      image: { type: ImageType.DOCKER, docker: { name: "reg.example/a", config: secretOf(auths) } },
    },
    volumes: [{ mode: 1, containerPath: "/s", source: { type: 3, secret: secretOf("hidden-file") } }],
  },
};

test("formatExplanation() tells what the daemon is asked for, and who said it", () => {
  const spec = translate({ container: { docker: { image: "busybox" }, rlimitInfo: { rlimits: [{ type: 10 }] } } });
  const told = JSON.parse(formatExplanation(spec, shown));
  assert.equal(told.image, "busybox");
  assert.deepEqual(told.container.HostConfig.Ulimits, [{ Name: "nofile", Soft: -1, Hard: -1 }]);
  assert.deepEqual(told.sources["HostConfig.Ulimits"], ["container.rlimit_info"]);
  assert.equal(told.mounts.at(-1).target, "/mnt/mesos/sandbox");
});

test("formatExplanation() hides the variables of checks with all others", () => {
  const command = { value: "a", environment: { variables: [{ name: "A", value: "quiet" }] } };
  const container = { docker: { image: "busybox" } };
  const spec = translate({ container, check: { type: 1, command: { command } }, healthCheck: { type: 1, command } });
  assert.match(formatExplanation(spec, shown), /A=quiet/);
  const text = formatExplanation(spec, { variables: "hidden" });
  assert.doesNotMatch(text, /quiet/);
  const { check, health } = JSON.parse(text).checks;
  assert.deepEqual([check.probe.env, health.probe.env], [["A=[hidden]"], ["A=[hidden]"]]);
});

test("formatExplanation() hides every secret of the task, and says that there is one", () => {
  const text = formatExplanation(translate(secretive), shown);
  assert.doesNotMatch(text, /hidden/);
  const told = JSON.parse(text);
  assert.equal(told.container.Env[0], "A=[secret]");
  assert.deepEqual(told.container.Cmd, ["-c", "echo $A [secret]"]);
  assert.equal(told.registryAuth, "[secret]");
  assert.equal(told.mounts[0].bytes, "[11 secret bytes]");
  assert.equal("secrets" in told, false);
});

for (const bytes of [bytesOf("hidden"), Buffer.from("hidden"), Buffer.from("-hidden-").subarray(1, 7)]) {
  test(`formatExplanation() hides the bytes of a secret's file, be they a ${bytes.constructor.name} of ${bytes.buffer.byteLength}`, () => {
    const mount: MountSpec = { target: "/s", mode: "ro", source: "container.volumes[0]", kind: "secret", bytes };
    const text = formatExplanation(createSpec({ mounts: [mount] }), shown);
    assert.equal(JSON.parse(text).mounts[0].bytes, "[6 secret bytes]");
    assert.doesNotMatch(text, /hidden|104/, "neither as text nor as numbers");
  });
}

test("formatExplanation() hides the values of all variables on demand, for many are secrets that nobody called one", () => {
  const container = { Env: ["A=x=y\nz", "EMPTY=", "TAKEN_AWAY"], Cmd: ["a"], HostConfig: {} };
  const read = (variables: "shown" | "hidden") =>
    JSON.parse(formatExplanation(createSpec({ container }), { variables })).container;
  assert.deepEqual(read("hidden"), { ...container, Env: ["A=[hidden]", "EMPTY=[hidden]", "TAKEN_AWAY"] });
  assert.deepEqual(read("shown"), container);
});

test("formatExplanation() tells numbers that JSON has none of", () => {
  const spec = translate({
    container: { docker: { image: "busybox", network: 4 }, networkInfos: [{ name: "web", labels: { labels: [] } }] },
    killPolicy: { gracePeriod: { nanoseconds: 1_000_000n } },
  });
  assert.equal(
    JSON.parse(formatExplanation({ ...spec, networkInfo: { ...spec.networkInfo, wide: 1n } as never }, shown))
      .networkInfo.wide,
    "1",
  );
  assert.equal(JSON.parse(formatExplanation(spec, shown)).killGraceMs, 1);
});
