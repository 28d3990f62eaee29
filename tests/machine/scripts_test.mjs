// run_tests.mjs and prepare.mjs as a user starts them, in a copy of this folder inside a small project.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const folder = dirname(fileURLToPath(import.meta.url));

/** A project in a temporary folder: this folder's scripts, and the given files (a file's name → its text). */
function openProject(t, files) {
  const root = mkdtempSync(join(tmpdir(), "mesos-docker-project-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, "tests", "machine"), { recursive: true });
  for (const name of readdirSync(folder)) {
    if (!/_test\.mjs$/.test(name)) cpSync(join(folder, name), join(root, "tests", "machine", name));
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(name)), { recursive: true });
    writeFileSync(join(root, name), text, { mode: 0o755 });
  }
  const run = (script, args = [], env = {}) =>
    new Promise((resolve) => {
      const options = { cwd: "/", env: { ...process.env, ...env } };
      execFile("node", [join(root, "tests/machine", script), ...args], options, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : error.code, stdout, stderr });
      });
    });
  return { root, run };
}

const testFile = (body) => `import { test } from "node:test";\nimport process from "node:process";\n${body}\n`;

test("run_tests.mjs finds tests that a helper registers, under both runners", async (t) => {
  const { root, run } = openProject(t, {
    "package.json": "{}",
    "tests/helper.mjs": testFile("export const both = (title) => test(title, () => {});"),
    "tests/helped_test.mjs": 'import { both } from "./helper.mjs";\nboth("a");\n',
    "tests/empty_test.mjs": "export const nothing = 1;\n",
  });
  symlinkSync(join(folder, "../../node_modules"), join(root, "node_modules"));
  const helped = await run("run_tests.mjs", ["helped"]);
  assert.match(helped.stdout, /\n2 passed, 0 failed\n$/);
  const empty = await run("run_tests.mjs", ["--deno", "helped", "empty"]);
  assert.match(empty.stdout, /deno: it ran no test of "tests\/empty_test\.mjs"\n[\s\S]*\n1 passed, 1 failed\n$/);
});

test("run_tests.mjs counts what ran, and a file that ends the runner fails", async (t) => {
  const { root, run } = openProject(t, {
    "package.json": "{}",
    "tests/good_test.mjs": testFile(`test("a", () => {}); test("b", { skip: true }, () => {});`),
    "tests/bad_test.mjs": testFile(`test("c", () => { throw new Error("seen"); });`),
    "tests/ends_test.mjs": testFile(`test("d", () => { process.exit(0); });`),
    "tests/empty_test.mjs": "export const nothing = 1;\n",
    "tests/not_a_test.txt": "",
  });
  symlinkSync(join(folder, "../../node_modules"), join(root, "node_modules"));
  const expected = [
    [["good"], 0, /^bun: 1 passed, 0 failed, 1 skipped \(\d+\.\d s\)\n1 passed, 0 failed, 1 skipped\n$/],
    [["good", "bad"], 1, /seen[\s\S]*bun: failed: tests\/bad_test\.mjs: c\n[\s\S]*\n1 passed, 1 failed, 1 skipped\n$/],
    [["good", "ends"], 1, /bun: it left no report\n[\s\S]*\n0 passed, 1 failed\n$/],
    [["good", "empty"], 1, /it ran no test of "tests\/empty_test\.mjs"\n[\s\S]*\n1 passed, 1 failed, 1 skipped\n$/],
    [["nowhere"], 1, /No test file matches nowhere\n0 passed, 1 failed\n$/],
  ];
  for (const [filters, code, output] of expected) {
    const done = await run("run_tests.mjs", ["--bun", ...filters]);
    assert.match(done.stdout, output);
    assert.equal(done.code, code);
  }
  assert.equal((await run("run_tests.mjs", ["--no-such-option"])).code, 2);
});

/** A project with an npm that notes its calls, runtimes that answer, and a daemon that answers. */
async function openPrepared(t) {
  const runs = `#!/bin/sh\necho 1\n`;
  const project = openProject(t, {
    "package.json": '{ "scripts": { "build": "x" } }',
    "package-lock.json": lockFile("1"),
    "node_modules/.package-lock.json": lockFile("1"),
    "node_modules/.bin/bun": runs,
    "node_modules/.bin/deno": runs,
    "src/main.ts": "",
    "dist/mesos-docker": "",
    "npm-cli.js": `console.error("npm " + process.argv.slice(2).join(" ")); process.exit(Number(process.env.NPM_CODE ?? 0));`,
  });
  const server = http.createServer((_, response) => response.end("OK"));
  await new Promise((resolve) => server.listen(join(project.root, "docker.sock"), resolve));
  t.after(() => server.close());
  const soon = new Date(Date.now() + 60_000);
  utimesSync(join(project.root, "dist/mesos-docker"), soon, soon);
  const env = {
    DOCKER_HOST: `unix://${join(project.root, "docker.sock")}`,
    npm_execpath: join(project.root, "npm-cli.js"),
  };
  return { ...project, prepare: (more = {}) => project.run("prepare.mjs", [], { ...env, ...more }), soon };
}

const lockFile = (version) =>
  JSON.stringify({
    packages: {
      "node_modules/a": { version, integrity: `sha512-${version}` },
      "node_modules/local": version === "1" ? { version } : { link: true },
      "node_modules/other-platform": { version: "1", optional: true },
      ...(version === "1" ? {} : { "": { name: "root" } }),
    },
  });

test("prepare.mjs says and does nothing when all is there", async (t) => {
  const { prepare } = await openPrepared(t);
  assert.deepEqual(await prepare({ NPM_CODE: "1" }), { code: 0, stdout: "", stderr: "" });
});

test("prepare.mjs installs the packages when they are not those of the lock file", async (t) => {
  const { root, prepare } = await openPrepared(t);
  writeFileSync(join(root, "package-lock.json"), lockFile("2"));
  const done = await prepare();
  assert.deepEqual(done, { code: 0, stdout: "Installing the npm packages (npm ci)\n", stderr: "" });
  const failed = await prepare({ NPM_CODE: "3" });
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /Cannot install the npm packages: .* ended with code 3\nnpm ci/);
  rmSync(join(root, "node_modules", ".package-lock.json"));
  assert.match((await prepare()).stdout, /npm ci/);
});

test("prepare.mjs builds when a source is newer than the binary", async (t) => {
  const { root, prepare, soon } = await openPrepared(t);
  utimesSync(join(root, "src/main.ts"), soon, soon);
  assert.equal((await prepare()).stdout, `Building ${join("dist", basename("mesos-docker"))}\n`);
  assert.match((await prepare({ NPM_CODE: "1" })).stderr, /Cannot build "dist\/mesos-docker": .*\nnpm run build/);
  rmSync(join(root, "dist"), { recursive: true });
  assert.match((await prepare()).stdout, /Building/);
});

test("prepare.mjs says what to do about a runtime that does not run", async (t) => {
  const { root, prepare } = await openPrepared(t);
  writeFileSync(join(root, "node_modules/.bin/bun"), "#!/bin/sh\necho no postinstall\nexit 1\n");
  const done = await prepare();
  assert.equal(done.code, 1);
  assert.match(done.stderr, /node_modules\/\.bin\/bun"[\s\S]*no postinstall[\s\S]*npm rebuild bun deno/);
});

test("prepare.mjs tells which daemon does not answer when it may not start one there", async (t) => {
  const { prepare } = await openPrepared(t);
  const far = await prepare({ DOCKER_HOST: "tcp://127.0.0.1:9" });
  assert.equal(far.code, 1);
  assert.match(far.stderr, /No Docker daemon answers at tcp:\/\/127\.0\.0\.1:9: .*unset DOCKER_HOST/);
  const other = await prepare({ DOCKER_HOST: "unix:///nowhere/docker.sock", MESOS_DOCKER_TEST_DATA_ROOT: "" });
  assert.equal(other.code, 1);
  assert.match(other.stderr, /unix:\/\/\/nowhere\/docker\.sock: .*(MESOS_DOCKER_TEST_DATA_ROOT|root)/);
});
