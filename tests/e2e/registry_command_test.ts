// What the commands about registries say of what is not there, or cannot be meant.
import assert from "node:assert/strict";
import { access, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openFixture } from "../fakes/own_runtime.ts";
import { answer, type Fault, openFaultyServer } from "../registry/client/faulty_server.ts";
import { pushImage } from "../registry/conformance/specimens.ts";
import { testOnBinary } from "./cases.ts";
import { runCommand } from "./command.ts";

testOnBinary("what is not there is told by its name in one line, and nothing is made of it", async (binary) => {
  await using folder = await openFixture();
  const none = join(folder.path, "none");
  const file = await folder.write("file", "");
  const plain = await folder.write("plain", "alice:secret");
  const empty = join(folder.path, "empty");
  await mkdir(empty);
  const serve = ["serve", "--listen", "127.0.0.1:0"];
  const cases: [words: string[], end: number, found: RegExp][] = [
    [["gc", "--store", none], 1, /Cannot collect ".*none": it is no store of images/],
    [["gc", "--store", empty], 1, /Cannot collect ".*empty": it is no store of images/],
    [["check", "--store", none], 1, /Cannot check ".*none": it is no store of images/],
    [["copy", `oci:${none}`, "127.0.0.1:1/a:b"], 1, /Cannot read ".*none": ENOENT/],
    [["copy", `oci:${empty}`, "127.0.0.1:1/a:b"], 1, /Cannot read ".*empty": found no "oci-layout", expected images/],
    [["copy", "--platform", "bogus", "127.0.0.1:1/a:b", "127.0.0.1:1/a:c"], 2, /Expected os\/architecture/],
    [["mirror", none], 1, /Cannot read ".*none": ENOENT/],
    [["ls", "A B"], 2, /Cannot parse reference "A B"/],
    [[...serve, "--store", file], 1, /Cannot open store ".*file": ENOTDIR/],
    [[...serve, "--memory", "--htpasswd", empty], 1, /Cannot read password file ".*empty": EISDIR/],
    [
      [...serve, "--memory", "--htpasswd", plain],
      1,
      /Cannot read password file ".*plain", line 1: found a hash that is not of/,
    ],
  ];
  for (const [words, code, found] of cases) {
    const { end, stdout, stderr } = await runCommand([binary, "registry", ...words], { env: {} });
    assert.equal(end, code, words.join(" "));
    assert.match(stderr, found);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
    assert.equal(stdout, "");
  }
  await assert.rejects(access(none));
  await assert.rejects(access(join(empty, "repositories")));
});

testOnBinary("the help of registry serve tells where it listens as one says it", async (binary) => {
  const { stdout } = await runCommand([binary, "registry", "serve", "--help"], { env: {} });
  assert.match(stdout, /\(default: 127\.0\.0\.1:5000\)/);
});

testOnBinary("with --json a failure is a line of its own, and registry rm goes on with the others", async (binary) => {
  const denied: Fault = (request, response) => {
    if (request.method !== "DELETE" || !request.url?.endsWith("/v1")) return "pass";
    return answer(
      response,
      403,
      { "content-type": "application/json" },
      '{"errors":[{"code":"DENIED","message":"no"}]}',
    );
  };
  await using server = await openFaultyServer(denied);
  await pushImage(server.registry, "app", ["v1", "v2"]);
  const app = `${server.host}/app`;
  const run = async (...words: string[]) => {
    const { end, stdout, stderr } = await runCommand([binary, "registry", ...words], { env: {} });
    return { end, stderr, lines: stdout.split("\n").filter((line) => line !== "") };
  };
  const removed = await run("rm", `${app}:v1`, `${app}:none`, `${app}:v2`);
  assert.deepEqual([removed.end, removed.lines], [1, [`${app}:v2 removed`]]);
  assert.match(removed.stderr, /^mesos-docker: .*\/app:v1: no \(.* answered 403\)\nmesos-docker: .*\/app:none: .*\n$/);
  const cases: [words: string[], line: Record<string, string>][] = [
    [["rm", `${app}:v1`], { image: `${app}:v1`, step: "remove", code: "DENIED" }],
    [["ls", `${app}/none`], { repository: `${app}/none`, step: "list", code: "NAME_UNKNOWN" }],
    [
      ["copy", `${app}:none`, `${app}:b`],
      { source: `${app}:none`, target: `${app}:b`, step: "copy", code: "MANIFEST_UNKNOWN" },
    ],
    [
      ["copy", "--dry-run", `${app}:none`, `${app}:b`],
      { source: `${app}:none`, target: `${app}:b`, step: "plan", code: "MANIFEST_UNKNOWN" },
    ],
  ];
  for (const [words, expected] of cases) {
    const { end, stderr, lines } = await run(...words, "--json");
    assert.deepEqual([end, stderr, lines.length], [1, "", 1], words.join(" "));
    const { error, ...line } = JSON.parse(lines[0] ?? "");
    assert.deepEqual(line, expected);
    assert.notEqual(error, "");
  }
});

testOnBinary("what was taken for an image of Docker Hub is said when that fails", async (binary) => {
  await using folder = await openFixture();
  const file = await folder.write("x.tar", "");
  const forCopy = "expected a repository of a registry; files and the daemon are for registry copy";
  const meant = `did you mean "docker-archive:${file}" or "oci-archive:${file}"?`;
  const cases: [words: string[], end: number, remark: string][] = [
    [["ls", "localhost:5000"], 2, '"localhost:5000" is a repository of docker.io; did you mean "localhost:5000/…"?'],
    [["ls", "oci:L"], 2, `"oci:L" was taken for docker.io/library/oci:L; ${forCopy}`],
    [["rm", "localhost:5000"], 1, '"localhost:5000" is a repository of docker.io; did you mean "localhost:5000/…"?'],
    [["rm", file], 2, forCopy],
    [["copy", "nobodys", "127.0.0.1:1/a:b"], 1, '"nobodys" was taken for docker.io/library/nobodys:latest'],
    [["copy", file, "127.0.0.1:1/a:b"], 2, meant],
  ];
  // Nobody leaves this host.
  const env = { HTTPS_PROXY: "http://127.0.0.1:1" };
  for (const [words, code, remark] of cases) {
    const { end, stderr } = await runCommand([binary, "registry", ...words], { env });
    assert.equal(end, code, stderr);
    assert.ok(stderr.endsWith(`; ${remark}\n`), stderr);
  }
});
