import assert from "node:assert/strict";
import { test } from "node:test";
import { describeExit, toSignalName } from "../../../src/executor/task/exit_status.ts";

const descriptions: readonly [status: number, text: string][] = [
  [0, "Container exited with status 0"],
  [1, "Container exited with status 1"],
  [3, "Container exited with status 3"],
  [125, "Container exited with status 125"],
  [128, "Container exited with status 128"],
  [134, "Container exited with status 134 (SIGABRT)"],
  [137, "Container exited with status 137 (SIGKILL)"],
  [139, "Container exited with status 139 (SIGSEGV)"],
  [143, "Container exited with status 143 (SIGTERM)"],
  [255, "Container exited with status 255"],
];

for (const [status, text] of descriptions) {
  test(`describeExit() writes "${text}"`, () => {
    assert.equal(describeExit(status), text);
  });
}

/** Linux' numbers on x86 and ARM (signal(7)). */
const signals = [
  ["SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1"],
  ["SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP"],
  [
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGXCPU",
    "SIGXFSZ",
    "SIGVTALRM",
    "SIGPROF",
    "SIGWINCH",
    "SIGIO",
    "SIGPWR",
    "SIGSYS",
  ],
].flat();

test("toSignalName() knows the signals of Linux by their usual names", () => {
  assert.deepEqual(
    signals.map((_, index) => toSignalName(129 + index)),
    signals,
  );
});

test("toSignalName() knows no signal outside of them", () => {
  for (const status of [-1, 0, 9, 127, 128, 160, 255, 256]) assert.equal(toSignalName(status), undefined);
});
