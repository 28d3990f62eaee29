// Needs root, as dockerd does: runs with MESOS_DOCKER_E2E=1. The dockerd is a fake, the processes around it are real.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { daemonPlace } from "./daemon_place.mjs";
import { readDockerAddress } from "./docker_address.mjs";
import { argumentsOf, identify, isRunning, otherPids, runSystem, waitUntil } from "./processes.mjs";

const skip = process.env.MESOS_DOCKER_E2E !== "1" || process.getuid?.() !== 0;
const wrapper = fileURLToPath(new URL("./with_docker.mjs", import.meta.url));
const fakeDockerd = fileURLToPath(new URL("./fake_dockerd.mjs", import.meta.url));

/** A folder with a fake dockerd on PATH and a socket of its own; cleared when the test is over. */
function openBench(t, extra = {}) {
  const folder = mkdtempSync(join(tmpdir(), "mesos-docker-wrapper-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  symlinkSync(fakeDockerd, join(folder, "dockerd"));
  const socket = join(folder, "docker.sock");
  const starts = join(folder, "starts");
  const env = {
    ...process.env,
    PATH: `${folder}:${process.env.PATH}`,
    DOCKER_HOST: `unix://${socket}`,
    MESOS_DOCKER_TEST_DATA_ROOT: join(folder, "data"),
    FAKE_DOCKERD_STARTS: starts,
    ...extra,
  };
  const place = daemonPlace(readDockerAddress(env), env);
  return {
    place,
    socket,
    run: (script) => startWrapper(["node", "-e", script], env),
    starts: () => (existsSync(starts) ? readFileSync(starts, "utf8").trim().split("\n").map(Number) : []),
    keepers: () =>
      otherPids().filter((pid) => argumentsOf(pid).some((argument) => argument.includes(place.keeperSocket))),
    assertNothingLeft() {
      assert.equal(existsSync(place.directory), false, "state folder");
      assert.equal(existsSync(place.lockFile), false, "lock file");
      assert.equal(existsSync(socket), false, "socket");
      assert.equal(interfaceIndex(place.private.bridge), undefined, "bridge");
      assert.deepEqual(this.keepers(), []);
      for (const pid of this.starts()) assert.equal(identify(pid), undefined, "dockerd");
    },
  };
}

function startWrapper(command, env) {
  const child = spawn("node", [wrapper, "--", ...command], { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const run = { pid: child.pid, stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    run.stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    run.stderr += chunk;
  });
  run.ended = new Promise((resolve) => child.on("close", (code, signal) => resolve(code ?? signal)));
  run.says = (text) => until(() => run.stdout.includes(text), `"${text}" in "${run.stdout}${run.stderr}"`);
  return run;
}

/** The number the kernel gave an interface: another one means that it was removed and made again. */
function interfaceIndex(name) {
  const shown = runSystem("ip", ["-o", "link", "show", name]);
  return shown.ok ? shown.output.split(":")[0] : undefined;
}

async function until(done, what) {
  assert.ok(await waitUntil(done, 20_000), `waited in vain for ${what}`);
}

/** A command that stays until a signal, then needs the daemon for a while to clean up. */
const patient = `
  const ask = () => new Promise((tell) => require("node:http")
    .get({ socketPath: process.env.DOCKER_HOST.slice(7), path: "/_ping" }, (answer) => tell(answer.resume().statusCode))
    .on("error", (error) => tell(error.code)));
  setInterval(() => {}, 1000);
  for (const name of ["SIGINT", "SIGTERM"]) process.on(name, async () => {
    console.log("got", name);
    await new Promise((done) => setTimeout(done, 700));
    console.log("cleaned", await ask());
    process.exit(3);
  });
  ask().then((status) => console.log("up", status));
`;

test("with_docker starts a daemon, passes the exit code on and leaves nothing", { skip }, async (t) => {
  const bench = openBench(t);
  const run = bench.run("process.exit(7)");
  assert.equal(await run.ended, 7);
  assert.match(run.stderr, /starting dockerd/);
  assert.equal(bench.starts().length, 1);
  bench.assertNothingLeft();
});

test("with_docker runs a real private dockerd, and the machine's docker0 stays as it is", { skip }, async (t) => {
  const bench = openBench(t);
  const docker0 = interfaceIndex("docker0");
  rmSync(join(dirname(bench.socket), "dockerd"));
  const run = bench.run(patient);
  await run.says("up 200");
  assert.notEqual(interfaceIndex(bench.place.private.bridge), undefined);
  assert.equal(interfaceIndex("docker0"), docker0);
  process.kill(run.pid, "SIGTERM");
  assert.equal(await run.ended, 3);
  assert.equal(run.stdout, "up 200\ngot SIGTERM\ncleaned 200\n");
  assert.equal(interfaceIndex("docker0"), docker0);
  bench.assertNothingLeft();
});

test("with_docker leaves a daemon alone that answers already", { skip }, async (t) => {
  const bench = openBench(t);
  const server = http.createServer((_, response) => response.end("OK")).listen(bench.socket);
  t.after(() => server.close());
  const run = bench.run("console.log('here')");
  assert.equal(await run.ended, 0);
  assert.deepEqual([run.stdout, run.stderr, bench.starts()], ["here\n", "", []]);
  assert.equal(existsSync(bench.socket), true);
});

test("with_docker tells why dockerd died, with its last lines", { skip }, async (t) => {
  const bench = openBench(t, { FAKE_DOCKERD: "dies" });
  const run = bench.run("console.log('never')");
  assert.equal(await run.ended, 1);
  assert.match(run.stderr, /Cannot start dockerd: it ended with code 1.*\n.*no cgroups here/);
  assert.equal(run.stdout, "");
  bench.assertNothingLeft();
});

test("with_docker says when images cannot be layered", { skip }, async (t) => {
  const run = openBench(t, { FAKE_DOCKERD_DRIVER: "vfs" }).run("0");
  assert.equal(await run.ended, 0);
  assert.match(run.stderr, /no overlay file system/);
});

test("with_docker refuses a private socket without a data root", { skip }, async (t) => {
  const bench = openBench(t, { MESOS_DOCKER_TEST_DATA_ROOT: "" });
  const run = bench.run("0");
  assert.equal(await run.ended, 1);
  assert.match(run.stderr, /MESOS_DOCKER_TEST_DATA_ROOT/);
  bench.assertNothingLeft();
});

for (const target of ["group", "wrapper"]) {
  test(`with_docker gives the command one SIGINT and time when the ${target} gets it`, { skip }, async (t) => {
    const bench = openBench(t);
    const run = bench.run(patient);
    await run.says("up 200");
    process.kill(target === "group" ? -run.pid : run.pid, "SIGINT");
    await sleep(50);
    process.kill(run.pid, "SIGINT"); // As npm does when the terminal has done so already.
    assert.equal(await run.ended, 3);
    assert.equal(run.stdout, "up 200\ngot SIGINT\ncleaned 200\n");
    bench.assertNothingLeft();
  });
}

test("with_docker undoes its start when it is interrupted before the command", { skip }, async (t) => {
  const bench = openBench(t);
  const run = bench.run(patient);
  await until(() => existsSync(bench.place.directory), "the keeper");
  process.kill(-run.pid, "SIGINT");
  assert.ok([130, 3].includes(await run.ended), run.stderr);
  bench.assertNothingLeft();
});

test("with_docker shares one daemon among wrappers, and the last one stops it", { skip }, async (t) => {
  const bench = openBench(t);
  const [first, ...others] = [patient, patient, patient].map((script) => bench.run(script));
  await Promise.all([first, ...others].map((run) => run.says("up 200")));
  assert.equal(bench.starts().length, 1);
  process.kill(first.pid, "SIGTERM");
  assert.equal(await first.ended, 3);
  assert.notEqual(identify(bench.starts()[0]), undefined);
  for (const run of others) process.kill(run.pid, "SIGTERM");
  for (const run of others) assert.equal(await run.ended, 3);
  assert.equal(others[1].stdout, "up 200\ngot SIGTERM\ncleaned 200\n");
  bench.assertNothingLeft();
});

test("with_docker killed: its command is ended first, others keep the daemon", { skip }, async (t) => {
  const bench = openBench(t);
  const first = bench.run(patient);
  await first.says("up 200");
  const second = bench.run(patient);
  await second.says("up 200");
  process.kill(first.pid, "SIGKILL");
  await first.says("cleaned 200");
  await sleep(200);
  assert.notEqual(identify(bench.starts()[0]), undefined);
  process.kill(second.pid, "SIGKILL");
  await second.says("cleaned 200");
  await until(() => !existsSync(bench.place.lockFile) && bench.keepers().length === 0, "the keeper's end");
  bench.assertNothingLeft();
});

test("with_docker finds a new keeper for its daemon when the old one is killed", { skip }, async (t) => {
  const bench = openBench(t);
  const run = bench.run(patient);
  await run.says("up 200");
  const dockerd = identify(bench.starts()[0]);
  const [old] = bench.keepers();
  process.kill(old, "SIGKILL");
  await until(() => bench.keepers().some((pid) => pid !== old), "a new keeper");
  assert.ok(isRunning(dockerd));
  process.kill(run.pid, "SIGTERM");
  assert.equal(await run.ended, 3);
  assert.equal(bench.starts().length, 1);
  bench.assertNothingLeft();
});

test("with_docker tells that dockerd went away, and leaves the end to the command", { skip }, async (t) => {
  const bench = openBench(t);
  const run = bench.run(patient);
  await run.says("up 200");
  process.kill(bench.starts()[0], "SIGKILL");
  await until(() => run.stderr.includes("ended unexpectedly"), "the news");
  process.kill(run.pid, "SIGTERM");
  assert.equal(await run.ended, 3);
  bench.assertNothingLeft();
});

test("with_docker ends what the command left running", { skip }, async (t) => {
  const bench = openBench(t);
  const run = bench.run('require("node:child_process").spawn("sleep", ["600"]).unref(); process.exit(0)');
  assert.equal(await run.ended, 0);
  assert.match(run.stderr, /left processes running/);
  bench.assertNothingLeft();
});
