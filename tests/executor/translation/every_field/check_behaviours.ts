import { CheckInfo_Type, HealthCheck_Type, NetworkInfo_Protocol } from "../../../../src/mesos/protocol.ts";
import type { Plain, TaskInit } from "../../task_specimen.ts";
import { type Behaviours, plain } from "./tables.ts";
import { ofVariables } from "./variable_behaviours.ts";

type CheckInit = Plain<TaskInit["check"]>;
type HealthInit = Plain<TaskInit["healthCheck"]>;

const checked = (check: CheckInit): TaskInit => ({
  ...plain,
  check: { type: CheckInfo_Type.TCP, tcp: { port: 80 }, ...check },
});
const healthy = (healthCheck: HealthInit): TaskInit => ({
  ...plain,
  healthCheck: { type: HealthCheck_Type.TCP, tcp: { port: 80 }, ...healthCheck },
});

/** A check that runs a command, and a health check that does. */
const commanded = (command: Plain<TaskInit["command"]>): TaskInit =>
  checked({ type: CheckInfo_Type.COMMAND, command: { command: { value: "true", ...command } } });
const commandedHealth = (command: Plain<TaskInit["command"]>): TaskInit =>
  healthy({ type: HealthCheck_Type.COMMAND, command: { value: "true", ...command } });
const asked = (http: Partial<NonNullable<Plain<NonNullable<CheckInit>["http"]>>>): TaskInit =>
  checked({ type: CheckInfo_Type.HTTP, http: { port: 80, ...http } });
const askedHealth = (http: Partial<NonNullable<Plain<NonNullable<HealthInit>["http"]>>>): TaskInit =>
  healthy({ type: HealthCheck_Type.HTTP, http: { port: 80, ...http } });

const words = { shell: false, value: "a", arguments: ["b"] };

/** Fields of commands; both kinds of check have them. */
function ofCommand(path: string, field: "check" | "health", toTask: typeof commanded): Behaviours {
  return {
    [`${path}.value`]: {
      task: toTask({ value: "exit 1" }),
      without: { task: toTask({}) },
      read: ({ checks }) => Object(checks?.[field]?.probe).argv,
      expected: ["/bin/sh", "-c", "exit 1"],
    },
    [`${path}.shell`]: {
      task: toTask({ shell: false, value: "a" }),
      without: { task: toTask({ value: "a" }) },
      read: ({ checks }) => Object(checks?.[field]?.probe).argv,
      expected: ["a"],
    },
    [`${path}.arguments`]: {
      task: toTask(words),
      without: { task: toTask({ shell: false, value: "a" }) },
      read: ({ checks }) => Object(checks?.[field]?.probe).argv,
      expected: ["a", "b"],
    },
    [`${path}.user`]: {
      task: toTask({ user: "nobody" }),
      without: { task: toTask({}) },
      read: ({ checks }) => Object(checks?.[field]?.probe).user,
      expected: "nobody",
    },
    ...ofVariables(
      `${path}.environment.variables`,
      (one) => ({ task: toTask({ environment: { variables: [one] } }) }),
      ({ checks }) => Object(checks?.[field]?.probe).env,
    ),
  };
}

/** Times, which both kinds of check have. */
function ofTiming(path: string, field: "check" | "health", toTask: (times: object) => TaskInit): Behaviours {
  return {
    [`${path}.delay_seconds`]: {
      task: toTask({ delaySeconds: 1.5 }),
      without: { task: toTask({}) },
      read: ({ checks }) => checks?.[field]?.delayMs,
      expected: 1500,
    },
    [`${path}.interval_seconds`]: {
      task: toTask({ intervalSeconds: 2 }),
      without: { task: toTask({}) },
      read: ({ checks }) => checks?.[field]?.intervalMs,
      expected: 2000,
    },
    [`${path}.timeout_seconds`]: {
      task: toTask({ timeoutSeconds: 3 }),
      without: { task: toTask({}) },
      read: ({ checks }) => checks?.[field]?.timeoutMs,
      expected: 3000,
    },
  };
}

/** What becomes of TaskInfo.check and TaskInfo.health_check. */
export const checkBehaviours: Behaviours = {
  "check.type": { task: checked({}), read: ({ checks }) => checks?.check?.probe.kind, expected: "tcp" },
  "check.http.port": {
    task: asked({ port: 8080 }),
    without: { task: asked({}) },
    read: ({ checks }) => Object(checks?.check?.probe).port,
    expected: 8080,
  },
  "check.http.path": {
    task: asked({ path: "/ready" }),
    without: { task: asked({}) },
    read: ({ checks }) => Object(checks?.check?.probe).path,
    expected: "/ready",
  },
  "check.tcp.port": {
    task: checked({ tcp: { port: 81 } }),
    without: { task: checked({}) },
    read: ({ checks }) => Object(checks?.check?.probe).port,
    expected: 81,
  },
  ...ofCommand("check.command.command", "check", commanded),
  ...ofTiming("check", "check", checked),
  "health_check.type": { task: healthy({}), read: ({ checks }) => checks?.health?.probe.kind, expected: "tcp" },
  "health_check.http.port": {
    task: askedHealth({ port: 8080 }),
    without: { task: askedHealth({}) },
    read: ({ checks }) => Object(checks?.health?.probe).port,
    expected: 8080,
  },
  "health_check.http.path": {
    task: askedHealth({ path: "/ready" }),
    without: { task: askedHealth({}) },
    read: ({ checks }) => Object(checks?.health?.probe).path,
    expected: "/ready",
  },
  "health_check.http.scheme": {
    task: askedHealth({ scheme: "https" }),
    without: { task: askedHealth({}) },
    read: ({ checks }) => Object(checks?.health?.probe).scheme,
    expected: "https",
  },
  "health_check.http.protocol": {
    task: askedHealth({ protocol: NetworkInfo_Protocol.IPv6 }),
    without: { task: askedHealth({}) },
    read: ({ checks }) => Object(checks?.health?.probe).host,
    expected: "::1",
  },
  "health_check.tcp.port": {
    task: healthy({ tcp: { port: 81 } }),
    without: { task: healthy({}) },
    read: ({ checks }) => Object(checks?.health?.probe).port,
    expected: 81,
  },
  "health_check.tcp.protocol": {
    task: healthy({ tcp: { port: 80, protocol: NetworkInfo_Protocol.IPv6 } }),
    without: { task: healthy({}) },
    read: ({ checks }) => Object(checks?.health?.probe).host,
    expected: "::1",
  },
  "health_check.consecutive_failures": {
    task: healthy({ consecutiveFailures: 7 }),
    without: { task: healthy({}) },
    read: ({ checks }) => checks?.health?.consecutiveFailures,
    expected: 7,
  },
  "health_check.grace_period_seconds": {
    task: healthy({ gracePeriodSeconds: 4 }),
    without: { task: healthy({}) },
    read: ({ checks }) => checks?.health?.graceMs,
    expected: 4000,
  },
  ...ofCommand("health_check.command", "health", commandedHealth),
  ...ofTiming("health_check", "health", healthy),
};
