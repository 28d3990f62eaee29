import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import type { TestCluster } from "./test_cluster.ts";
import type { TestTask } from "./test_task.ts";

/** Hosts with cgroup v2 alone show other files and other units. */
export const cgroups = existsSync("/sys/fs/cgroup/cgroup.controllers") ? "v2" : "v1";

const mark = "=== ";

/** A line for a shell that answers questions, each a line of its own, in the form that {@link readAnswers} reads. */
export function ask(questions: Readonly<Record<string, string>>): string {
  const lines = Object.entries(questions).map(([name, line]) => `echo "${mark}${name}"; { ${line}\n} 2>&1`);
  return [...lines, "true"].join("\n");
}

/** What each question printed, without the last line's end. */
export function readAnswers(stdout: string): Record<string, string> {
  const parts = stdout.replaceAll("\r\n", "\n").split(mark).slice(1);
  const answers = parts.map((part) => {
    const end = part.indexOf("\n");
    return [part.slice(0, end), part.slice(end + 1).replace(/\n$/, "")];
  });
  return Object.fromEntries(answers);
}

/** Runs a task whose container answers the questions and then ends well. */
export async function lookInside<K extends string>(
  cluster: TestCluster,
  task: TestTask,
  questions: Readonly<Record<K, string>>,
  taskId = "task",
): Promise<Record<K, string>> {
  cluster.launch(taskId, { ...task, shell: ask(questions) });
  const { message } = await cluster.book.end(taskId);
  assert.equal(message, "Container exited with status 0");
  return readAnswers(await cluster.sandboxText(task.executorId ?? taskId, "stdout")) as Record<K, string>;
}
