// Names, passwords and quotas of a registry, with Docker's own client.
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hashSync } from "bcryptjs";
import { ask } from "../registry/server/raw_request.ts";
import { type DockerBench, testOnDocker } from "./cases.ts";
import { type CommandResult, runCommand } from "./command.ts";
import { openStoreFolder, serveRegistry } from "./served_registry.ts";

const lineOf = (name: string, password: string) => `${name}:${hashSync(password, 4)}\n`;

/** Docker's client with credentials of its own. */
class Client {
  readonly #config: string;

  private constructor(config: string) {
    this.#config = config;
  }

  static async open(folder: string, name: string): Promise<Client> {
    const config = join(folder, name);
    await mkdir(config);
    return new Client(config);
  }

  /** Docker 28's client asks who is refused for a name, and waits for ever at the end of its input: it gets an empty line. */
  run(...words: string[]): Promise<CommandResult> {
    return runCommand(["sh", "-c", 'echo | docker "$@"', "docker", ...words], { env: { DOCKER_CONFIG: this.#config } });
  }

  /** As people do it in scripts: the password is in no command line. */
  logIn(host: string, name: string, password: string): Promise<CommandResult> {
    const line = 'printf %s "$PASSWORD" | docker login --username "$NAME" --password-stdin "$HOST"';
    const env = { DOCKER_CONFIG: this.#config, NAME: name, PASSWORD: password, HOST: host };
    return runCommand(["sh", "-c", line], { env });
  }
}

/** Gives an image a name for as long as `work` takes, whatever comes of it. */
async function named({ engine, image }: DockerBench, reference: string, work: () => Promise<void>): Promise<void> {
  await engine.tagImage(image, reference);
  try {
    await work();
  } finally {
    await engine.removeImage(reference);
  }
}

testOnDocker(
  "docker logs in, pushes and pulls by the password file, and an edit of it counts without a restart",
  async (bench) => {
    await using folder = await openStoreFolder();
    const [htpasswd, log] = [join(folder.path, "htpasswd"), join(folder.path, "access.log")];
    await writeFile(htpasswd, lineOf("alice", "right"));
    await using served = await serveRegistry(bench.binary, ["--memory", "--htpasswd", htpasswd, "--access-log", log]);
    const { host } = served;
    const [alice, bob, nobody] = [
      await Client.open(folder.path, "alice"),
      await Client.open(folder.path, "bob"),
      await Client.open(folder.path, "nobody"),
    ];
    const wrong = await alice.logIn(host, "alice", "wrong");
    assert.notEqual(wrong.end, 0);
    assert.match(wrong.stderr, /unauthorized|401/i);
    const right = await alice.logIn(host, "alice", "right");
    assert.equal(right.end, 0, right.stderr);
    const reference = `${host}/team/busybox:v1`;
    await named(bench, reference, async () => {
      const refused = await nobody.run("push", reference);
      assert.notEqual(refused.end, 0);
      assert.match(refused.stderr, /no basic auth credentials|unauthorized|authentication required/i);
      const pushed = await alice.run("push", reference);
      assert.equal(pushed.end, 0, pushed.stderr);
    });
    await writeFile(htpasswd, lineOf("bob", "new"));
    assert.notEqual((await alice.run("pull", reference)).end, 0, "her name is gone from the file");
    assert.equal((await bob.logIn(host, "bob", "new")).end, 0);
    const pulled = await bob.run("pull", reference);
    assert.equal(pulled.end, 0, pulled.stderr);
    await bench.engine.removeImage(reference);
    const authorization = `Basic ${Buffer.from("bob:new").toString("base64")}`;
    for (const path of ["/", "/live", "/metrics", "/repository?name=team%2Fbusybox"]) {
      assert.equal((await ask(host, "GET", path)).status, 401, path);
      assert.equal((await ask(host, "GET", path, { headers: { authorization } })).status, 200, path);
    }
    const lines = await readFile(log, "utf8");
    assert.match(
      lines,
      /^127\.0\.0\.1 - alice \[.*\] "PUT \/v2\/team\/busybox\/manifests\/v1 HTTP\/1\.1" 201 .*docker/m,
    );
    assert.match(lines, /^127\.0\.0\.1 - bob \[.*\] "(GET|HEAD) \/v2\/team\/busybox\/manifests\/v1 HTTP\/1\.1" 200 /m);
    assert.doesNotMatch(lines, /right|wrong/);
  },
  { client: "docker" },
);

testOnDocker(
  "docker is told that a push exceeds the quota, and nothing of the blob stays",
  async (bench) => {
    await using folder = await openStoreFolder();
    await using served = await serveRegistry(bench.binary, ["--store", folder.path, "--repository-quota", "100k"]);
    const reference = `${served.host}/team/busybox:v1`;
    const client = await Client.open(folder.path, "client");
    await named(bench, reference, async () => {
      const { end, stderr } = await client.run("push", reference);
      assert.notEqual(end, 0);
      // A Docker 26 whose images containerd keeps passes on no more than the status.
      assert.match(stderr, /would exceed the quota of the repository, \d+ of 102400 bytes are taken|: 403 Forbidden/);
    });
    // The client gives up all layers with the first that is denied: an upload of the small one may have been begun.
    const uploads = join(folder.path, "repositories", "team+busybox", "uploads");
    for (const name of await readdir(uploads)) assert.ok((await stat(join(uploads, name))).size < 1024, name);
    assert.equal((await ask(served.host, "GET", "/v2/team/busybox/manifests/v1")).status, 404);
  },
  { client: "docker" },
);
