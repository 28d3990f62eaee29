import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { finish, openFixture, startScript } from "../fakes/own_runtime.ts";
import { inTime } from "../fakes/waiting.ts";

/** A process that prints each signal and lives until the second, which makes it dispose and wait for a third. */
const script = `
  import { onTermination } from "SRC/runtime/termination.ts";
  const alive = setInterval(() => undefined, 1000);
  const listening = onTermination((signal, count) => {
    if (count === 2) listening[Symbol.dispose]();
    console.log(signal, count);
  });
  console.log("ready");
`;

/** Resolves once a child has printed a text. */
function said(child: ChildProcess, text: string): Promise<void> {
  let stdout = "";
  const heard = new Promise<void>((resolve) => {
    child.stdout?.on("data", (chunk: Uint8Array) => {
      stdout += String(chunk);
      if (stdout.includes(text)) resolve();
    });
  });
  return inTime(heard, text);
}

for (const [first, second] of [
  ["SIGTERM", "SIGINT"],
  ["SIGINT", "SIGTERM"],
] as const) {
  test(`onTermination() counts ${first} and ${second} until it is disposed of, then they end the process`, async () => {
    await using fixture = await openFixture();
    const child = await startScript(script, { fixture, stdio: ["ignore", "pipe", "inherit"] });
    // Not child.kill(): Deno's sends no second signal.
    const kill = (signal: NodeJS.Signals) => process.kill(child.pid ?? 0, signal);
    const finished = finish(child);
    try {
      await said(child, "ready\n");
      kill(first);
      await said(child, `${first} 1\n`);
      kill(second);
      await said(child, `${second} 2\n`);
      kill(first);
      assert.equal((await finished).end, first);
    } finally {
      child.kill("SIGKILL");
    }
  });
}

for (const signal of ["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGWINCH"] as const) {
  test(`onOtherSignal() tells of ${signal}, and keeps the process alive, until it is disposed of`, async () => {
    await using fixture = await openFixture();
    const hearing = `
      import { onOtherSignal, onTermination } from "SRC/runtime/termination.ts";
      const alive = setInterval(() => undefined, 1000);
      const others = onOtherSignal((signal) => console.log("heard", signal));
      const listening = onTermination(() => {
        others[Symbol.dispose]();
        console.log("disposed");
        setTimeout(() => process.exit(7), 200);
      });
      console.log("ready");
    `;
    const child = await startScript(hearing, { fixture, stdio: ["ignore", "pipe", "inherit"] });
    const finished = finish(child);
    try {
      await said(child, "ready\n");
      process.kill(child.pid ?? 0, signal);
      await said(child, `heard ${signal}\n`);
      process.kill(child.pid ?? 0, "SIGTERM");
      await said(child, "disposed\n");
      process.kill(child.pid ?? 0, signal);
      const { stdout } = await finished;
      assert.equal(stdout.split("heard").length, 2, "it is told once");
    } finally {
      child.kill("SIGKILL");
    }
  });
}

for (const [words, expected] of [
  [["nohup"], true],
  [[], false],
] as const) {
  test(`isIgnored() is ${expected} for SIGHUP of a process that ${expected ? "nohup" : "nobody"} shields`, async () => {
    await using fixture = await openFixture();
    const script = await fixture.write(
      "script.ts",
      `import { isIgnored } from "${new URL("../../src/runtime/termination.ts", import.meta.url)}";
       console.log(isIgnored("SIGHUP"), isIgnored("SIGTERM"));`,
    );
    const runtime = "deno" in process.versions ? ["run", "-A", "--no-check"] : [];
    const [program = "", ...args] = [...words, process.execPath, ...runtime, script];
    const { stdout } = await finish(spawn(program, args, { stdio: ["ignore", "pipe", "ignore"] }));
    assert.equal(stdout, `${expected} false\n`);
  });
}
