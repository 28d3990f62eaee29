import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { Readable } from "node:stream";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import { parseLoginPlace } from "../../src/cli/registry_login.ts";
import { readPasswordInput } from "../../src/cli/terminal_input.ts";
import { UsageError } from "../../src/cli/usage_error.ts";
import { silentLog } from "../../src/runtime/log.ts";
import { openFixture } from "../fakes/own_runtime.ts";
import { answer, openFaultyServer } from "../registry/client/faulty_server.ts";
import { pushSpecimen, randomBlob } from "../registry/conformance/specimens.ts";

const program = [
  process.execPath,
  ...("deno" in process.versions ? ["run", "-A", "--no-check"] : []),
  fileURLToPath(new URL("../../src/main.ts", import.meta.url)),
];
const base64 = Buffer.from("alice:s3cret").toString("base64");

/** A registry that lets alice in. */
const openRegistry = () =>
  openFaultyServer((request, response) =>
    request.headers.authorization === `Basic ${base64}`
      ? "pass"
      : answer(response, 401, { "www-authenticate": 'Basic realm="x"' }),
  );

/** What a command printed, both streams, and how it ended. */
async function collect(child: ChildProcess): Promise<{ text: string; code: number | null }> {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (bytes) => {
      text += bytes;
    });
  }
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("close", resolve);
      child.once("error", reject);
    });
    return { code, text };
  } finally {
    child.kill("SIGKILL");
  }
}

/** `registry …` in a process of its own, with an input. */
async function start(words: string[], home: string, input: string) {
  const [command = "", ...args] = program;
  const env = { PATH: process.env.PATH ?? "", HOME: home, MESOS_DOCKER_LOG: "debug" };
  const child = spawn(command, [...args, "registry", ...words], { env });
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const { text, code } = await collect(child);
  assertSecret(text);
  return { text, code };
}

const terminal = spawnSync("script", ["--version"]).status === 0 ? {} : { skip: "no program makes a terminal here" };

/** `registry …` at a terminal, where somebody answers. */
async function type(
  words: string[],
  home: string,
  answers: [RegExp, string][],
  more: Record<string, string> = {},
): Promise<{ text: string; code: number | null }> {
  const env = { PATH: process.env.PATH ?? "", HOME: home, SHELL: "/bin/sh", ...more };
  const child = spawn("script", ["-qec", [...program, "registry", ...words].join(" "), "/dev/null"], { env });
  let shown = "";
  child.stdout.on("data", (bytes) => {
    shown += bytes;
    if (answers[0]?.[0].test(shown)) child.stdin.write(answers.shift()?.[1] ?? "");
  });
  const { text, code } = await collect(child);
  assertSecret(text);
  return { text, code };
}

/** `registry …` in this process: what it prints and logs. */
async function run(words: string[], variables: Record<string, string>): Promise<string> {
  let text = "";
  const { write } = process.stdout;
  const keep = (message: string) => {
    text += message;
  };
  process.stdout.write = ((message: string) => keep(message) ?? true) as typeof write;
  try {
    const log = { debug: keep, info: keep, warn: keep, error: keep };
    assert.equal(await parseCommandLine(["registry", ...words], { variables, log }), 0);
  } finally {
    process.stdout.write = write;
  }
  assertSecret(text);
  return text;
}

function assertSecret(text: string): void {
  for (const secret of ["s3cret", base64]) assert.ok(!text.includes(secret), `no secret is told: ${text}`);
}

test("registry login keeps a password that the registry takes, and none that it does not", async () => {
  await using server = await openRegistry();
  await using home = await openFixture();
  const path = join(home.path, ".docker/config.json");
  const login = (user: string) => start(["login", "-u", user, "--password-stdin", server.host], home.path, "s3cret\n");
  const wrong = await login("bob");
  assert.equal(wrong.code, 1);
  await assert.rejects(readFile(path), { code: "ENOENT" });
  const right = await login("alice");
  assert.deepEqual(right, { code: 0, text: `login for "${server.host}" kept in "${path}"\n` });
  assert.deepEqual(JSON.parse(await readFile(path, "utf8")), { auths: { [server.host]: { auth: base64 } } });
});

test("registry login --explain shows the sources in their order, and logout forgets what is kept (J 67)", async () => {
  await using server = await openRegistry();
  await using home = await openFixture();
  await pushSpecimen(server.registry, "team/app", randomBlob(10));
  const config = await home.write("config.json", JSON.stringify({ auths: { [server.host]: { auth: base64 } } }));
  const auth = Buffer.from("bob:s3cret").toString("base64");
  const variables = {
    DOCKER_CONFIG: home.path,
    HOME: home.path,
    DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [server.host]: { auth } } }),
  };
  const lines = await run(["login", "--explain", `${server.host}/team/app`], variables);
  assert.match(lines, /^1 {2}DOCKER_AUTH_CONFIG +chosen +user "bob"\n2 {2}credHelpers of /);
  assert.match(lines, /\n4 {2}auths of .* passed over {2}it has user "alice", but DOCKER_AUTH_CONFIG comes first\n/);
  const json = await run(["login", "--explain", "--json", server.host], variables);
  const row = { name: "DOCKER_AUTH_CONFIG", verdict: "chosen", why: 'user "bob"' };
  assert.deepEqual(JSON.parse(json.split("\n")[0] ?? ""), row);
  const alone = { DOCKER_CONFIG: home.path };
  await run(["ls", `http://${server.host}/team/app`], alone);
  assert.equal(server.seen.at(-1)?.headers.authorization, `Basic ${base64}`);
  assert.equal(await run(["logout", server.host], alone), `login for "${server.host}" removed from "${config}"\n`);
  assert.equal(await run(["logout", server.host], alone), `login for "${server.host}" not found\n`);
});

test("registry login --explain begins with what the configuration says, which counts alone", async () => {
  await using home = await openFixture();
  const auths = { auths: { "lab.example": { auth: base64 } } };
  const explain = async (credentials: string) => {
    const path = await home.write("config.yaml", `registries: { lab.example/team: { credentials: ${credentials} } }`);
    const variables = { HOME: home.path, MESOS_DOCKER_CONFIG: path, DOCKER_AUTH_CONFIG: JSON.stringify(auths) };
    const lines = await run(["login", "--explain", "--json", "lab.example/team/app"], variables);
    return lines
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  };
  const name = `credentials of "lab.example/team" in "${join(home.path, "config.yaml")}"`;
  const [first, second, ...rest] = await explain("{ username: builds, passwordFile: /nowhere/password }");
  assert.deepEqual(first, { name, verdict: "failed", why: 'Cannot read "/nowhere/password": ENOENT' });
  const why = `it has user "alice", but ${name} comes first`;
  assert.deepEqual(second, { name: "DOCKER_AUTH_CONFIG", verdict: "passed over", why });
  assert.ok(rest.every(({ verdict }) => verdict !== "chosen"));
  const [none] = await explain("none");
  assert.deepEqual(none, { name, verdict: "chosen", why: "none, as the configuration wants" });
});

test("registry login says when something that comes first makes it of no use (J 67)", terminal, async () => {
  await using server = await openRegistry();
  await using home = await openFixture();
  const auth = Buffer.from("bob:s3cret").toString("base64");
  const shadow = JSON.stringify({ auths: { [server.host]: { auth } } });
  const { text } = await type(["login", "-u", "alice", server.host], home.path, [[/Password: $/, "s3cret\r"]], {
    DOCKER_AUTH_CONFIG: shadow,
  });
  assert.match(text, /This login will not be used: DOCKER_AUTH_CONFIG comes first: user "bob"/);
});

const wrongUsage: readonly (readonly [string[], RegExp])[] = [
  [["-u", "a", "-p", "s3cret", "lab:1"], /Cannot take a password as an argument/],
  [["-u", "a", "--password=s3cret", "lab:1"], /Cannot take a password as an argument/],
  [["-u", "a:b", "--password-stdin", "lab:1"], /name without colons/],
  [["alice:s3cret@reg.lab"], /expected --username/],
];
for (const [words, found] of wrongUsage) {
  test(`registry login ${words.join(" ")} is wrong usage`, async () => {
    const run = parseCommandLine(["registry", "login", ...words], { variables: {}, log: silentLog });
    const error = await run.catch((caught) => caught);
    assert.ok(error instanceof UsageError);
    assert.match(error.message, found);
    assert.doesNotMatch(error.message, /s3cret/);
  });
}

test("registry logout says that it is a logout that it cannot do", async () => {
  const run = parseCommandLine(["registry", "logout", ""], { variables: {}, log: silentLog });
  const message = 'Cannot log out of "": expected HOST[:PORT] or HOST[:PORT]/PATH';
  await assert.rejects(run, { name: "UsageError", message });
  const named = parseCommandLine(["registry", "logout", "alice:s3cret@lab:1"], { variables: {}, log: silentLog });
  const found = "Cannot log out of a place with a user in it: expected HOST[:PORT] or HOST[:PORT]/PATH";
  await assert.rejects(named, { name: "UsageError", message: found });
});

test("registry login without a terminal wants the password on standard input", async () => {
  await using home = await openFixture();
  const { text, code } = await start(["login", "-u", "a", "lab:1"], home.path, "s3cret");
  assert.equal(code, 2);
  assert.match(text, /without a terminal: use --username and --password-stdin/);
});

for (const [what, pieces, password] of [
  ["a line", ["s3c", "ret\n"], "s3cret"],
  ["a line of Windows", ["s3cret\r\n"], "s3cret"],
  ["no line break, and spaces that count", [" s3cret "], " s3cret "],
] as const) {
  test(`readPasswordInput() reads ${what}`, async () => {
    assert.equal(await readPasswordInput(Readable.from(pieces.map((text) => Buffer.from(text)))), password);
  });
}

for (const [text, found] of [
  ["\n", /found nothing$/],
  ["", /found nothing$/],
  ["x".repeat(70_000), /found more than 64 KiB$/],
] as const) {
  test(`readPasswordInput() refuses ${text.length} bytes`, async () => {
    await assert.rejects(readPasswordInput(Readable.from([Buffer.from(text)])), { name: "UsageError", message: found });
  });
}

test("registry login asks on a terminal, and does not show the password", terminal, async () => {
  await using server = await openRegistry();
  await using home = await openFixture();
  const { text, code } = await type(["login", server.host], home.path, [
    [/User of .*: $/, "alicf\u007fe\r"],
    [/Password: $/, "s3cret\r"],
  ]);
  assert.equal(code, 0, text);
  assert.match(text, /login for .* kept in/);
  assert.match(await readFile(join(home.path, ".docker/config.json"), "utf8"), new RegExp(base64));
});

test("registry login ends when nothing is entered on the terminal", terminal, async () => {
  await using home = await openFixture();
  const { text, code } = await type(["login", "lab:1"], home.path, [[/User of .*: $/, "ali\u0003"]]);
  assert.equal(code, 1, text);
  assert.match(text, /Cannot log in: nothing was entered/);
});

for (const [text, host, path] of [
  ["reg.lab", "reg.lab", []],
  ["Reg.lab:5000/", "reg.lab:5000", []],
  ["localhost", "localhost", []],
  ["[::1]:5000/a", "[::1]:5000", ["a"]],
  ["https://index.docker.io/v1/", "docker.io", []],
  ["reg.lab/team/app", "reg.lab", ["team", "app"]],
] as const) {
  test(`parseLoginPlace() reads ${text}`, () => assert.deepEqual(parseLoginPlace(text), { host, path }));
}

for (const text of ["", "reg", "reg.lab/a b", "user:pass@reg.lab", "reg.lab/A", "reg.lab/a:tag", "reg.lab:123456"]) {
  test(`parseLoginPlace() refuses ${JSON.stringify(text)}`, () =>
    assert.throws(() => parseLoginPlace(text), UsageError));
}
