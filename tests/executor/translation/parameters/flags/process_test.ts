import assert from "node:assert/strict";
import { test } from "node:test";
import { applySaid, fieldsOf, testFaults, testRows } from "../drafted.ts";

testRows([
  [["entrypoint", "/bin/app"], { Entrypoint: ["/bin/app"] }],
  [["entrypoint", ""], { Entrypoint: [""] }],
  [["user", "1000:1000"], { User: "1000:1000" }],
  [["workdir", "/srv/app"], { WorkingDir: "/srv/app" }],
  [["hostname", "db"], { Hostname: "db" }],
  [["domainname", "example.org"], { Domainname: "example.org" }],
  [["init", "true"], { Init: true }],
  [["interactive", "true"], { OpenStdin: true }],
  [["tty", "1"], { Tty: true }],
  [["stop-signal", "SIGQUIT"], { StopSignal: "SIGQUIT" }],
  [["stop-signal", "9"], { StopSignal: "9" }],
  [["stop-signal", "RTMIN+3"], { StopSignal: "RTMIN+3" }],
  [["stop-timeout", "30"], { StopTimeout: 30 }],
  [["platform", "linux/arm64"], { platform: "linux/arm64" }],
  [["pull", "always"], { pull: "always" }],
  [["pull", "never"], { pull: "never" }],
]);

testFaults([
  [["workdir", "srv"], '"workdir" is "srv", expected an absolute path'],
  [["init", "tini"], '"init" is "tini", expected true or false'],
  [["interactive", "no"], '"interactive" is "no", expected true or false'],
  [["tty", "no"], '"tty" is "no", expected true or false'],
  [["stop-signal", "-9"], '"stop-signal" is "-9", expected a signal such as SIGTERM'],
  [["stop-timeout", "10s"], '"stop-timeout" is "10s", expected a whole number of -1 or more'],
  [["pull", "sometimes"], '"pull" is "sometimes", expected always, missing or never'],
]);

test("applyParameters() replaces the shell of a command line and keeps its words", () => {
  const { draft } = applySaid([["entrypoint", "/bin/bash"]], {
    prepare: ({ config }) => {
      config.set("Entrypoint", ["/bin/sh"], "TaskInfo.command");
      config.set("Cmd", ["-c", "date"], "TaskInfo.command");
    },
  });
  assert.deepEqual(fieldsOf(draft), { Entrypoint: ["/bin/bash"], Cmd: ["-c", "date"] });
});
