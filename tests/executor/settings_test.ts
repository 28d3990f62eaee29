import assert from "node:assert/strict";
import { test } from "node:test";
import { readSettings } from "../../src/executor/settings.ts";
import { EnvironmentError } from "../../src/mesos/environment.ts";

test("readSettings() has a default for everything", () => {
  assert.deepEqual(readSettings({}), {
    cgroupParent: { kind: "auto" },
    daemonPatienceMs: 30_000,
    diskWatchMs: 15_000,
    explain: "no",
    exitCode: "executor",
    healthcheck: "off",
    keep: { kind: "never" },
    reap: "on",
    stateFolder: "/var/lib/mesos-docker",
  });
});

test("readSettings() reads what is set", () => {
  const variables = {
    MESOS_DIRECTORY: "/work/runs/c1",
    MESOS_DOCKER_CGROUP_PARENT: "off",
    MESOS_DOCKER_KEEP_CONTAINERS: "on-failure:1hrs",
    MESOS_DOCKER_METRICS: "unix:/run/{container_id}.sock",
    MESOS_DOCKER_STATISTICS_INTERVAL: "10secs",
    MESOS_DOCKER_DAEMON_PATIENCE: "0secs",
    MESOS_DOCKER_DISK_WATCH_INTERVAL: "500ms",
    MESOS_DOCKER_EXPLAIN: "1",
    MESOS_DOCKER_EXIT_CODE: "container",
    MESOS_DOCKER_HEALTHCHECK: "kill",
    MESOS_DOCKER_LAYERS: "compressed",
    MESOS_DOCKER_PULL: "daemon",
    MESOS_DOCKER_REAP: "off",
    MESOS_DOCKER_STATE: "/state",
  };
  assert.deepEqual(readSettings(variables), {
    cgroupParent: { kind: "off" },
    keep: { kind: "on failure", forMs: 3_600_000 },
    metrics: { kind: "unix", path: "/run/c1.sock" },
    statisticsMs: 10_000,
    daemonPatienceMs: 0,
    diskWatchMs: 500,
    explain: "yes",
    exitCode: "container",
    healthcheck: "kill",
    layers: "compressed",
    pull: "daemon",
    reap: "off",
    stateFolder: "/state",
  });
});

test("readSettings() takes empty variables for unset ones", () => {
  const variables = { MESOS_DOCKER_DISK_WATCH_INTERVAL: "", MESOS_DOCKER_EXPLAIN: "", MESOS_DOCKER_EXIT_CODE: "" };
  assert.deepEqual(readSettings(variables), readSettings({}));
});

for (const [variables, fault] of [
  [
    { MESOS_DOCKER_DISK_WATCH_INTERVAL: "soon" },
    'MESOS_DOCKER_DISK_WATCH_INTERVAL is "soon", expected a duration such as 15secs',
  ],
  [{ MESOS_DOCKER_LAYERS: "flat" }, 'MESOS_DOCKER_LAYERS is "flat", expected compressed or raw'],
  [
    { MESOS_DOCKER_LAYERS: "raw", MESOS_DOCKER_PULL: "daemon" },
    'MESOS_DOCKER_LAYERS is "raw", expected MESOS_DOCKER_PULL to be gateway then',
  ],
  [{ MESOS_DOCKER_DISK_WATCH_INTERVAL: "1ms" }, 'MESOS_DOCKER_DISK_WATCH_INTERVAL is "1ms", expected 100ms or more'],
  [
    { MESOS_DOCKER_DAEMON_PATIENCE: "long" },
    'MESOS_DOCKER_DAEMON_PATIENCE is "long", expected a duration such as 15secs',
  ],
  ...["9100", "host", "host:", ":9100", "host:65536", "unix:metrics.sock", "::1:9100"].map(
    (place) =>
      [
        { MESOS_DOCKER_METRICS: place },
        `MESOS_DOCKER_METRICS is "${place}", expected host:port or unix:/path`,
      ] as const,
  ),
  [
    { MESOS_DOCKER_KEEP_CONTAINERS: "always" },
    'MESOS_DOCKER_KEEP_CONTAINERS is "always", expected never, on-failure, on-failure:10mins or 10mins',
  ],
  [{ MESOS_DOCKER_STATISTICS_INTERVAL: "1ms" }, 'MESOS_DOCKER_STATISTICS_INTERVAL is "1ms", expected 100ms or more'],
  [
    { MESOS_DOCKER_CGROUP_PARENT: "mesos" },
    'MESOS_DOCKER_CGROUP_PARENT is "mesos", expected auto, off, an absolute path or a slice',
  ],
  [
    { MESOS_DOCKER_CGROUP_PARENT: "/a/../b" },
    'MESOS_DOCKER_CGROUP_PARENT is "/a/../b", expected auto, off, an absolute path or a slice',
  ],
  [{ MESOS_DOCKER_EXIT_CODE: "zero" }, 'MESOS_DOCKER_EXIT_CODE is "zero", expected executor or container'],
  [{ MESOS_DOCKER_HEALTHCHECK: "on" }, 'MESOS_DOCKER_HEALTHCHECK is "on", expected off, report or kill'],
  [{ MESOS_DOCKER_REAP: "no" }, 'MESOS_DOCKER_REAP is "no", expected on or off'],
  [{ MESOS_DOCKER_STATE: "here" }, 'MESOS_DOCKER_STATE is "here", expected an absolute path'],
] as const) {
  test(`readSettings() refuses ${JSON.stringify(variables)}`, () => {
    assert.throws(() => readSettings(variables), new EnvironmentError([fault]));
  });
}

test("readSettings() tells of all faults at once", () => {
  assert.throws(
    () => readSettings({ MESOS_DOCKER_EXIT_CODE: "zero", MESOS_DOCKER_REAP: "no" }),
    (error) => error instanceof EnvironmentError && error.faults.length === 2,
  );
});

for (const [text, expected] of [
  ["auto", { kind: "auto" }],
  ["/batch", { kind: "path", path: "/batch" }],
  ["batch.slice", { kind: "path", path: "batch.slice" }],
] as const) {
  test(`readSettings() takes ${text} for a control group`, () => {
    assert.deepEqual(readSettings({ MESOS_DOCKER_CGROUP_PARENT: text }).cgroupParent, expected);
  });
}

for (const [text, expected] of [
  ["127.0.0.1:9100", { kind: "tcp", host: "127.0.0.1", port: 9100 }],
  ["localhost:0", { kind: "tcp", host: "localhost", port: 0 }],
  ["[::1]:9100", { kind: "tcp", host: "::1", port: 9100 }],
] as const) {
  test(`readSettings() takes ${text} for the place of metrics`, () => {
    assert.deepEqual(readSettings({ MESOS_DOCKER_METRICS: text }).metrics, expected);
  });
}
