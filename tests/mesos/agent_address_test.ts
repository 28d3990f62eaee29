import assert from "node:assert/strict";
import { join, relative } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { formatAgentAddress, toAgentAddress, toApiPath } from "../../src/mesos/agent_address.ts";
import { type ExecutorEnvironment, readExecutorEnvironment } from "../../src/mesos/environment.ts";
import { readRecording } from "../fakes/recording.ts";

const environment: ExecutorEnvironment = readExecutorEnvironment(readRecording("launch").variables);
const path = "/slave(1)/api/v1/executor";

/** A path of exactly so many bytes. */
function pathOf(bytes: number, options: { from: string; with?: string }): string {
  const { from, with: filling = "x" } = options;
  const left = bytes - Buffer.byteLength(from) - 1;
  return `${from}/${filling.repeat(Math.floor(left / Buffer.byteLength(filling)))}${"x".repeat(left % Buffer.byteLength(filling))}`;
}

test("toApiPath() begins with the agent's process id", () => {
  assert.equal(toApiPath({ processId: "slave(12)", host: "::1", port: 5051 }), "/slave(12)/api/v1/executor");
});

test("toAgentAddress() is the TCP endpoint without a domain socket", () => {
  assert.deepEqual(toAgentAddress(environment), { kind: "tcp", host: "127.0.0.1", port: 5061, path });
});

test("toAgentAddress() prefers the domain socket", () => {
  const jwt = readExecutorEnvironment(readRecording("jwt").variables);
  assert.deepEqual(toAgentAddress(jwt), { kind: "unix", socketPath: "/var/lib/mesos/run/agent/agent.sock", path });
});

test("toAgentAddress() keeps a socket path of 107 bytes", () => {
  const domainSocket = pathOf(107, { from: "/run" });
  assert.equal(Buffer.byteLength(domainSocket), 107);
  assert.deepEqual(toAgentAddress({ ...environment, domainSocket }), { kind: "unix", socketPath: domainSocket, path });
});

test("toAgentAddress() sees a longer socket path from the working directory", () => {
  const domainSocket = pathOf(Math.max(108, process.cwd().length + 20), { from: process.cwd() });
  const address = toAgentAddress({ ...environment, domainSocket });
  assert.deepEqual(address, { kind: "unix", socketPath: relative(process.cwd(), domainSocket), path });
  assert.equal(join(process.cwd(), relative(process.cwd(), domainSocket)), domainSocket);
});

test("toAgentAddress() counts bytes, not characters", () => {
  // Far from the working directory, whose own relative path is no shorter; é has two bytes.
  const domainSocket = pathOf(108, { from: "/run", with: "é" });
  assert.ok(domainSocket.length < 107);
  assert.throws(() => toAgentAddress({ ...environment, domainSocket }), RangeError);
});

test("toAgentAddress() refuses a socket path that fits neither way", () => {
  const domainSocket = pathOf(300, { from: "/run" });
  assert.throws(() => toAgentAddress({ ...environment, domainSocket }), {
    name: "RangeError",
    message: `Cannot use MESOS_DOMAIN_SOCKET "${domainSocket}": it has 300 bytes, a socket's path at most 107`,
  });
});

test("formatAgentAddress() writes hosts, IPv6 in brackets, and sockets", () => {
  assert.equal(formatAgentAddress({ kind: "tcp", host: "10.0.0.5", port: 5051, path }), "10.0.0.5:5051");
  assert.equal(formatAgentAddress({ kind: "tcp", host: "2001:db8::1", port: 5051, path }), "[2001:db8::1]:5051");
  assert.equal(formatAgentAddress({ kind: "unix", socketPath: "/run/agent.sock", path }), "unix:/run/agent.sock");
});
