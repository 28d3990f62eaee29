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

test("ignoreHangup() keeps a process alive through SIGHUP until it is disposed of", async () => {
  await using fixture = await openFixture();
  const deaf = `
    import { ignoreHangup, onTermination } from "SRC/runtime/termination.ts";
    const alive = setInterval(() => undefined, 1000);
    const ignoring = ignoreHangup();
    const listening = onTermination(() => {
      listening[Symbol.dispose]();
      ignoring[Symbol.dispose]();
      console.log("told");
    });
    console.log("ready");
  `;
  const child = await startScript(deaf, { fixture, stdio: ["ignore", "pipe", "inherit"] });
  const finished = finish(child);
  try {
    await said(child, "ready\n");
    process.kill(child.pid ?? 0, "SIGHUP");
    process.kill(child.pid ?? 0, "SIGTERM");
    await said(child, "told\n");
    process.kill(child.pid ?? 0, "SIGHUP");
    assert.equal((await finished).end, "SIGHUP");
  } finally {
    child.kill("SIGKILL");
  }
});

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
