import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { finish, openFixture, startScript } from "../fakes/own_runtime.ts";

test("ownCommand() starts the same program again", async () => {
  await using fixture = await openFixture();
  const script = `
    import { spawnSync } from "node:child_process";
    import process from "node:process";
    import { ownCommand } from "SRC/runtime/own_command.ts";
    const [program, ...words] = ownCommand();
    if (process.argv[2] === "again") console.log("again", process.argv[3]);
    else process.stdout.write(spawnSync(program, [...words, "again", "a b"]).stdout);
  `;
  const child = await startScript(script, { fixture, stdio: ["ignore", "pipe", "inherit"] });
  assert.deepEqual(await finish(child), { stdout: "again a b\n", end: 0 });
});

test("ownCommand() is the binary alone when it is compiled", async () => {
  await using fixture = await openFixture();
  const script = `
    import process from "node:process";
    import { ownCommand } from "SRC/runtime/own_command.ts";
    // What a compiled binary finds there.
    process.argv[1] = "/$bunfs/root/mesos-docker";
    console.log(JSON.stringify(ownCommand()));
  `;
  const child = await startScript(script, { fixture, stdio: ["ignore", "pipe", "inherit"] });
  assert.deepEqual(JSON.parse((await finish(child)).stdout), [process.execPath]);
});
