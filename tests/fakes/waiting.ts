import type { AgentError } from "../../src/mesos/agent_error.ts";

/** How long a test waits for what has to come: far more than it takes, and less than a test runner's own patience. */
const patienceMs = 4000;

/** The promise's own outcome, or a rejection when that does not come in a test's time. */
export function inTime<T>(promise: Promise<T>, name: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Cannot go on: ${name} did not come`)), patienceMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Lets everything happen that is under way: for tests that something does not happen. */
export function settle(ms = 30): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The error that a promise must end with. */
export function errorOf<E extends Error = AgentError>(promise: Promise<unknown>): Promise<E> {
  const failed = promise.then(
    () => Promise.reject(new Error("Cannot go on: what had to fail did not")),
    (error: E) => error,
  );
  return inTime(failed, "a failure");
}
