// What the tests of checks share: a container whose page and command answer as a test wants, and what was told of it.
import { writeFile } from "node:fs/promises";
import { formatState } from "../../src/cluster/task_end.ts";
import { isSet } from "../../src/mesos/embedded/messages.ts";
import { type TaskStatus, TaskStatus_Reason } from "../../src/mesos/protocol.ts";
import { eventually } from "./eventually.ts";
import type { TestCluster } from "./test_cluster.ts";

const sandbox = "/mnt/mesos/sandbox";

/** Says on each line of the sandbox's `asked` that the answer was asked for, and gives what its `answer` holds. */
const answer = `echo asked >> ${sandbox}/asked; cat ${sandbox}/answer`;

/**
 * Serves a page on this address and port of the container's own network: /cgi-bin/page has the status that the test
 * says, /cgi-bin/there leads to the page.
 */
export function servePage(listen: string): string {
  const cgi = (name: string, line: string) =>
    `printf '#!/bin/sh\\n%s\\n' '${line}' > /tmp/www/cgi-bin/${name}; chmod +x /tmp/www/cgi-bin/${name}`;
  return [
    "mkdir -p /tmp/www/cgi-bin",
    cgi("page", `echo Status: $(${answer}) Said; echo`),
    cgi("there", "echo Status: 302 Found; echo Location: /cgi-bin/page; echo"),
    `exec httpd -f -p ${listen} -h /tmp/www`,
  ].join("; ");
}

/** A line that ends with the status that the test says. */
export const exitAsTold = `exit $(${answer})`;

/** Has the container answer with this from now on. */
export async function say(cluster: TestCluster, taskId: string, text: number): Promise<void> {
  await writeFile(cluster.sandboxPath(taskId, "answer"), String(text));
}

/** How often the answer has been asked for. */
export async function countAsked(cluster: TestCluster, taskId: string): Promise<number> {
  const text = await cluster.sandboxText(taskId, "asked").catch(() => "");
  return text.split("\n").length - 1;
}

/** Waits until the answer has been asked for so many more times. */
export async function asked(cluster: TestCluster, taskId: string, times: number): Promise<void> {
  const before = await countAsked(cluster, taskId);
  await eventually(`${times} checks more`, async () => (await countAsked(cluster, taskId)) >= before + times);
}

/** Waits until so many statuses of a task have come. */
export async function told(cluster: TestCluster, taskId: string, count: number): Promise<string[]> {
  await eventually(`${count} statuses of ${taskId}`, () => cluster.book.statuses(taskId).length >= count);
  return tellings(cluster, taskId);
}

/** All statuses of a task as texts: state, and what checks have to say. */
export function tellings(cluster: TestCluster, taskId: string): string[] {
  return cluster.book.statuses(taskId).map(describe);
}

function describe(status: TaskStatus): string {
  const { state, reason, checkStatus } = status;
  const words = [formatState(state).replace("TASK_", "")];
  if (reason === TaskStatus_Reason.TASK_HEALTH_CHECK_STATUS_UPDATED) words.push("health");
  if (reason === TaskStatus_Reason.TASK_CHECK_STATUS_UPDATED) words.push("check");
  if (isSet(status, "healthy")) words.push(status.healthy ? "healthy" : "unhealthy");
  if (checkStatus) words.push(describeCheck(checkStatus));
  return words.join(" ");
}

function describeCheck({ command, http, tcp }: NonNullable<TaskStatus["checkStatus"]>): string {
  if (command) return isSet(command, "exitCode") ? `exit=${command.exitCode}` : "exit=?";
  if (http) return isSet(http, "statusCode") ? `status=${http.statusCode}` : "status=?";
  return tcp && isSet(tcp, "succeeded") ? `connected=${tcp.succeeded}` : "connected=?";
}
