import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import process from "node:process";
import { test } from "node:test";
import { findMarked, killMarked } from "../../src/runtime/marked_processes.ts";

test("killMarked() kills every process that bears the mark, those that have left their parent too", async () => {
  const mark = `MESOS_DOCKER_TEST=${randomUUID()}`;
  const [name = "", value = ""] = mark.split("=");
  const env = { ...process.env, [name]: value };
  const child = spawn("sh", ["-c", "(setsid sleep 100 &); echo ready; sleep 100"], {
    env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = once(child, "exit");
  await once(child.stdout, "data");
  assert.ok(findMarked(mark).length >= 2);
  assert.ok(killMarked(mark) >= 2);
  await ended;
  while (findMarked(mark).length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(killMarked(mark), 0);
});

test("findMarked() wants the whole variable", async () => {
  const mark = `MESOS_DOCKER_TEST=${randomUUID()}`;
  const [name = "", value = ""] = mark.split("=");
  const child = spawn("sleep", ["100"], { env: { ...process.env, [name]: `${value}more` }, stdio: "ignore" });
  await once(child, "spawn");
  assert.deepEqual(findMarked(mark), []);
  child.kill("SIGKILL");
  await once(child, "exit");
});
