import assert from "node:assert/strict";
import { test } from "node:test";
import type { TaskInit } from "../task_specimen.ts";
import { assertRefused, docker, readBody } from "./translation_specimen.ts";

const labelled = (labels: { key: string; value?: string }[]): TaskInit => ({ container: docker, labels: { labels } });

test("toTaskSpec() gives the task's labels to the container", () => {
  const labels = [{ key: "team", value: "web" }, { key: "empty" }, { key: "__proto__", value: "x" }];
  assert.deepEqual(
    new Map(Object.entries(readBody(labelled(labels)).Labels ?? {})),
    new Map([
      ["team", "web"],
      ["empty", ""],
      ["__proto__", "x"],
    ]),
  );
});

test("toTaskSpec() lets the last of two labels of a key win", () => {
  const labels = [
    { key: "a", value: "1" },
    { key: "a", value: "2" },
  ];
  assert.deepEqual(readBody(labelled(labels)).Labels, { a: "2" });
});

test("toTaskSpec() keeps labels that speak to this program to itself", () => {
  const labels = [
    { key: "mesos-docker/user", value: "nobody" },
    { key: "team", value: "web" },
  ];
  const body = readBody(labelled(labels));
  assert.deepEqual(body.Labels, { team: "web" });
  assert.equal(body.User, "nobody");
});

test("toTaskSpec() refuses labels by which containers are found again", () => {
  assertRefused(labelled([{ key: "mesos-docker.task", value: "other" }]), {
    code: "invalid",
    message: `Cannot use TaskInfo.labels: "mesos-docker.task" is a name of mesos-docker's own labels`,
  });
});
