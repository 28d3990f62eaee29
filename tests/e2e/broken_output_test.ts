import assert from "node:assert/strict";
import { testOnBinary } from "./cases.ts";
import { runCommand } from "./command.ts";

const commands = ["--help", "version", "registry serve --help", "doctor --json"];

testOnBinary("a command whose output nobody reads ends without a word", async (binary) => {
  for (const words of commands) {
    const script = `( ${binary} ${words}; echo "ended with $?" >&2 ) | true`;
    const { stderr } = await runCommand(["/bin/sh", "-c", script]);
    assert.equal(stderr, "ended with 141\n", words);
  }
});

testOnBinary("a command whose output finds the disk full says so", async (binary) => {
  for (const words of commands) {
    const { end, stderr } = await runCommand(["/bin/sh", "-c", `exec ${binary} ${words} > /dev/full`]);
    assert.equal(end, 1, words);
    assert.match(stderr, /^mesos-docker: Cannot write to standard output: ENOSPC: .*\n$/);
  }
});
