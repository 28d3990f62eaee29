import assert from "node:assert/strict";
import { test } from "node:test";
import { type AgentReport, ReportChannel } from "../../../src/mesos/embedded/reports.ts";

const report = (stage: "down" | "starting" | "running"): AgentReport => ({ kind: "stage", stage });

async function all(reports: AsyncIterable<AgentReport>): Promise<AgentReport[]> {
  const read: AgentReport[] = [];
  for await (const one of reports) read.push(one);
  return read;
}

test("open() gives every reader all that comes after it", async () => {
  const channel = new ReportChannel();
  channel.push(report("down"));
  const early = channel.open();
  channel.push(report("starting"));
  const late = channel.open();
  channel.push(report("running"));
  channel.close();
  assert.deepEqual(await all(early), [report("starting"), report("running")]);
  assert.deepEqual(await all(late), [report("running")]);
  assert.deepEqual(await all(channel.open()), []);
});

test("open() ends waiting readers with the channel or with their signal", async () => {
  const channel = new ReportChannel();
  const abort = new AbortController();
  const waiting = [channel.open().next(), channel.open({ signal: abort.signal }).next()];
  abort.abort();
  assert.equal((await waiting[1])?.done, true);
  channel.close();
  assert.equal((await waiting[0])?.done, true);
  assert.equal((await channel.open({ signal: abort.signal }).next()).done, true);
});

test("open() forgets a reader that stops reading", async () => {
  const channel = new ReportChannel();
  const reports = channel.open();
  channel.push(report("down"));
  channel.push(report("running"));
  for await (const one of reports) {
    assert.deepEqual(one, report("down"));
    break;
  }
  assert.equal((await reports.next()).done, true);
});
