// What the commands about images say before any daemon is asked, and with one that has few.
import assert from "node:assert/strict";
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openFixture } from "../fakes/own_runtime.ts";
import { testOnBinary, testOnDocker } from "./cases.ts";
import { runCommand } from "./command.ts";
import { openWarmScene } from "./warm_scene.ts";

testOnBinary("image pin and unpin keep pins by name, prefix, label and digest, and list them", async (binary) => {
  await using folder = await openFixture();
  const run = async (...words: string[]) =>
    await runCommand([binary, "image", ...words], { env: { MESOS_DOCKER_STATE: folder.path } });
  const digest = `sha256:${"d".repeat(64)}`;
  const pinned = await run("pin", "redis:7", digest, "--prefix", "lab:5000/team/", "--label", "keep=yes");
  assert.equal(pinned.end, 0, pinned.stderr);
  const expected = [`digest ${digest}`, "label keep=yes", "name docker.io/library/redis:7", "prefix lab:5000/team/"];
  assert.deepEqual(pinned.stdout.trim().split("\n").sort(), expected);
  assert.deepEqual((await run("pin")).stdout.trim().split("\n"), expected);
  const line = (await run("pin", "--json")).stdout.split("\n")[2] ?? "";
  assert.deepEqual(JSON.parse(line), { kind: "name", value: "docker.io/library/redis:7" });
  assert.equal((await run("unpin", "docker.io/library/redis:7", "--prefix", "lab:5000/team/")).end, 0);
  const twice = await run("pin", "a:1", "a:1", "docker.io/library/a:1");
  assert.deepEqual([twice.end, twice.stdout], [0, "name docker.io/library/a:1\n"]);
  const once = await run("unpin", "a:1", "a:1");
  assert.deepEqual([once.end, once.stdout, once.stderr], [0, "name docker.io/library/a:1\n", ""]);
  const missing = await run("unpin", "redis:7", digest);
  assert.equal(missing.end, 1);
  assert.match(missing.stderr, /Cannot unpin "docker.io\/library\/redis:7": there is no pin of this name/);
  assert.deepEqual((await run("pin")).stdout.trim().split("\n"), ["label keep=yes"]);
  await writeFile(join(folder.path, "images", "pins", "x.json"), '{"kind":"colour"}');
  const broken = await run("pin");
  assert.equal(broken.end, 1);
  assert.match(broken.stderr, /Cannot use ".*x\.json": kind is "colour", expected .*; remove the file/);
});

testOnBinary(
  "image pin lists pins of the configuration with their place, and unpin leaves them there",
  async (binary) => {
    await using folder = await openFixture();
    const config = await folder.write("config.yaml", "gc: { pinned: [redis:7, { prefix: lab:5000/team/ }] }");
    const env = { MESOS_DOCKER_STATE: folder.path, MESOS_DOCKER_CONFIG: config };
    const run = async (...words: string[]) => await runCommand([binary, "image", ...words], { env });
    const stated = (index: number) => `gc.pinned[${index}] of "${config}"`;
    const [redis, team] = [`name docker.io/library/redis:7 (${stated(0)})`, `prefix lab:5000/team/ (${stated(1)})`];
    assert.deepEqual((await run("pin")).stdout.trim().split("\n"), [redis, team]);
    assert.equal((await run("pin", "redis:7", "--label", "keep")).end, 0);
    const all = ["label keep", "name docker.io/library/redis:7", redis, team];
    assert.deepEqual((await run("pin")).stdout.trim().split("\n"), all);
    const last = (await run("pin", "--json")).stdout.trim().split("\n").at(-1) ?? "";
    assert.deepEqual(JSON.parse(last), { kind: "prefix", value: "lab:5000/team/", statedIn: stated(1) });
    const { end, stdout, stderr } = await run(
      "unpin",
      "redis",
      "redis:7",
      "--prefix",
      "lab:5000/team/",
      "--label",
      "keep",
    );
    assert.equal(end, 1);
    assert.deepEqual(stdout.trim().split("\n"), ["name docker.io/library/redis:7", "label keep"]);
    assert.deepEqual(stderr.trim().split("\n"), [
      'mesos-docker: Cannot unpin "docker.io/library/redis:latest": there is no pin of this name',
      `mesos-docker: Cannot unpin "docker.io/library/redis:7": it is ${stated(0)}: take it out there`,
      `mesos-docker: Cannot unpin "lab:5000/team/": it is ${stated(1)}: take it out there`,
    ]);
    assert.deepEqual((await run("pin")).stdout.trim().split("\n"), [redis, team]);
  },
);

testOnBinary(
  "image gc, warm and pull refuse a configuration whose sections cannot be used, and name every fault",
  async (binary) => {
    await using folder = await openFixture();
    const text = "gc:\n  high: 70\n  low: 75\nwarm:\n  window: noon\npull:\n  layers: flat\n";
    const config = await folder.write("config.yaml", text);
    const env = { MESOS_DOCKER_CONFIG: config, MESOS_DOCKER_STATE: folder.path };
    const faults = [
      'line 2: "gc.high" is 70, expected at least gc.low, which is 75',
      'line 3: "gc.low" is 75, expected at most gc.high, which is 70',
      'line 5: "warm.window" is "noon", expected two times of day such as 22:00-06:00',
      'line 7: "pull.layers" is "flat", expected compressed or raw',
    ];
    for (const words of [["gc"], ["warm", "redis:7"], ["pull", "redis:7"], ["pin"], ["unpin", "redis:7"]]) {
      const { end, stdout, stderr } = await runCommand([binary, "image", ...words], { env });
      assert.deepEqual({ end, stdout }, { end: 1, stdout: "" }, words.join(" "));
      assert.equal(stderr, `mesos-docker: Cannot use configuration "${config}": ${faults.join("; ")}\n`);
    }
  },
);

testOnBinary("help of image gc, warm and pull says where flags that are not given come from", async (binary) => {
  for (const command of ["gc", "warm", "pull"]) {
    const { end, stdout } = await runCommand([binary, "image", command, "--help"], { env: {} });
    assert.equal(end, 0);
    assert.match(stdout, new RegExp(`has what the section "${command}" of the configuration says`));
    assert.match(stdout, /\/etc\/mesos-docker\/config\.yaml, or the file that MESOS_DOCKER_CONFIG names/);
  }
});

testOnBinary("a daemon over TCP that is away is told in one line and nothing else", async (binary) => {
  const env = { DOCKER_HOST: "tcp://127.0.0.1:1" };
  const { end, stderr, stdout } = await runCommand([binary, "image", "ls"], { env });
  assert.deepEqual({ end, stdout }, { end: 1, stdout: "" });
  assert.match(stderr, /^mesos-docker: Cannot reach the Docker daemon at "tcp:\/\/127.0.0.1:1": [^\n]*\n$/);
});

testOnBinary("what image commands cannot mean is told in one line, with exit code 2", async (binary) => {
  const cases: [words: string[], env: Record<string, string>, found: RegExp][] = [
    [["pin", "Redis:7"], {}, /Cannot parse reference "Redis:7": found upper case/],
    [["pin", "--label", ""], {}, /--label is "", which would keep nothing/],
    [["unpin"], {}, /name an image, or give --prefix or --label/],
    [["ls", "--sort", "colour"], {}, /Allowed choices are name, size, unique, used/],
    [["gc", "--low", "90"], {}, /--low is 90, expected at most 85, which is --high/],
    [["gc", "--high", "0", "--low", "0"], {}, /--high is 0, expected more/],
    [["gc", "--high", "101"], {}, /Expected per cent, from 0 to 100/],
    [["gc", "--watch", "--dry-run"], {}, /option '--watch' cannot be used with option '--dry-run'/],
    [["gc"], { DOCKER_HOST: "tcp://127.0.0.1:1" }, /the daemon is on another host, .*: give --max-size/],
    [["warm"], {}, /expected images, --file, or warm\.file in the configuration/],
    [["pull", "redis:7", "UPPER/Case"], {}, /Cannot parse reference "UPPER\/Case": found upper case/],
    [["pull", "--platform", "linux", "redis:7"], {}, /Expected os\/architecture/],
    [["warm", "--platform", "linux", "redis:7"], {}, /Expected os\/architecture/],
    [["warm", "Redis:7"], {}, /Cannot parse reference "Redis:7": found upper case/],
    [["pull", "redis:7"], { MESOS_DOCKER_STATE: "here" }, /MESOS_DOCKER_STATE is "here", expected an absolute path/],
    [["resolve", "a b"], {}, /Cannot parse reference "a b": found white space/],
    [["ls"], { MESOS_DOCKER_STATE: "here" }, /MESOS_DOCKER_STATE is "here", expected an absolute path/],
    [
      ["save", "-o", "a.tar", "redis:7"],
      { MESOS_DOCKER_STATE: "here" },
      /MESOS_DOCKER_STATE is "here", expected an absolute/,
    ],
  ];
  for (const [words, env, found] of cases) {
    const { end, stdout, stderr } = await runCommand([binary, "image", ...words], { env });
    assert.equal(end, 2, words.join(" "));
    assert.match(stderr, found);
    assert.equal(stderr.trim().split("\n").length, 1);
    assert.equal(stdout, "");
  }
});

testOnDocker(
  "image pin keeps what a short id or a registry's digest means, and tells what keeps nothing",
  async (bench) => {
    await using scene = await openWarmScene(bench.engine, bench.binary);
    const { id, digest } = await scene.push("one");
    const name = scene.nameOf("one");
    await scene.lines(["pull", name]);
    const byDigest = `${name.slice(0, name.lastIndexOf(":"))}@${digest}`;
    const short = id.slice("sha256:".length, "sha256:".length + 12);
    const pinned = await scene.start("pin", short, byDigest, digest).result;
    assert.deepEqual({ end: pinned.end, stderr: pinned.stderr }, { end: 0, stderr: "" });
    const image = (await scene.lines(["ls"])).find((one) => one.id === id) as
      | { pins?: { value: string }[] }
      | undefined;
    assert.deepEqual(image?.pins?.map(({ value }) => value).sort(), [short, byDigest, digest].sort());
    const idle = await scene.start("pin", "cafecafecafe", "--prefix", "nowhere.lab/").result;
    assert.equal(idle.end, 0);
    assert.deepEqual(idle.stderr.trim().split("\n"), [
      "mesos-docker: No image is here that the pin of digest cafecafecafe keeps",
      "mesos-docker: No image is here that the pin of prefix nowhere.lab/ keeps",
    ]);
    assert.equal((await scene.start("unpin", short, byDigest).result).end, 0);
  },
);

testOnDocker("image ls lists what has a name of a prefix, and everything for an empty one", async (bench) => {
  await using scene = await openWarmScene(bench.engine, bench.binary);
  const { id } = await scene.push("one");
  const name = scene.nameOf("one");
  await scene.lines(["pull", name]);
  const listed = async (prefix: string) => (await scene.lines(["ls", "--prefix", prefix])).map((one) => one.id);
  assert.deepEqual(await listed(name), [id]);
  assert.deepEqual(await listed(`${name}-none`), []);
  const both = await scene.lines(["ls", "--prefix", name, "--prefix", `${name}-none`]);
  assert.deepEqual(
    both.map((one) => one.id),
    [id],
  );
  // An empty text as a name would be Docker Hub's official images.
  assert.ok((await listed("")).includes(id));
});

testOnDocker("image ls tells once of a folder that it cannot read or write, and lists images", async ({ binary }) => {
  await using unreadable = await openFixture();
  await symlink("images", join(unreadable.path, "images"));
  const cases = [
    { folder: unreadable.path, found: "pins and earlier uses are not known" },
    // Nobody makes a folder there.
    { folder: "/proc", found: "uses are not remembered" },
  ];
  for (const { folder, found } of cases) {
    const env = { MESOS_DOCKER_STATE: folder };
    const { end, stdout, stderr } = await runCommand([binary, "image", "ls"], { env });
    assert.equal(end, 0, stderr);
    assert.match(stdout, /^IMAGE +ID +SIZE/);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
    assert.ok(stderr.includes(found) && stderr.includes(`folder=${folder}`), stderr);
  }
});

testOnBinary("image ls and gc say that there is no daemon, with exit code 1", async (binary) => {
  await using folder = await openFixture();
  const env = { DOCKER_HOST: `unix://${join(folder.path, "none.sock")}`, MESOS_DOCKER_STATE: folder.path };
  for (const command of ["ls", "gc"]) {
    const { end, stderr } = await runCommand([binary, "image", command], { env });
    assert.equal(end, 1);
    assert.match(stderr, /^mesos-docker: Cannot .*none\.sock/);
  }
});
