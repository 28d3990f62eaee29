import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { findCredentials } from "../../src/images/credentials/sources.ts";
import { recordWarnings } from "./recording_log.ts";

/** A sandbox and an agent's home beside it. */
class Host implements AsyncDisposable {
  readonly root: string;
  readonly warnings: string[];
  readonly #log = recordWarnings();

  constructor(root: string) {
    this.root = root;
    this.warnings = this.#log.warnings;
  }

  at(path: string): string {
    return join(this.root, path);
  }

  async write(path: string, content: string | Uint8Array | object, mode = 0o600): Promise<void> {
    await mkdir(dirname(this.at(path)), { recursive: true });
    const isText = typeof content === "string" || content instanceof Uint8Array;
    await writeFile(this.at(path), isText ? content : JSON.stringify(content), { mode });
  }

  /** The user of the credentials found. */
  async find(variables: Record<string, string | undefined> = { HOME: this.at("home") }): Promise<string | undefined> {
    const places = { sandbox: this.at("sandbox"), variables };
    const auth = await findCredentials("reg.example/a", places, { log: this.#log.log });
    return auth && (auth.kind === "password" ? auth.username : auth.kind);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}

async function openHost(): Promise<Host> {
  const host = new Host(await mkdtemp(join(tmpdir(), "mesos-docker-test-")));
  await mkdir(host.at("sandbox"));
  return host;
}

const entry = (username: string) => ({ username, password: "pass" });
const config = (username: string) => ({ auths: { "reg.example": entry(username) } });

/** A helper that answers with a user. */
const helper = (user: string) => `#!/bin/sh\necho '{"ServerURL":"reg.example","Username":"${user}","Secret":"s"}'\n`;

test("findCredentials() finds none where there is no file", async () => {
  await using host = await openHost();
  assert.equal(await host.find(), undefined);
  assert.equal(await host.find({}), undefined);
  assert.deepEqual(host.warnings, []);
});

test("findCredentials() prefers the sandbox's config.json to its .dockercfg, and that to the agent's file", async () => {
  await using host = await openHost();
  await host.write("home/.docker/config.json", config("agent"));
  assert.equal(await host.find(), "agent");
  await host.write("sandbox/.dockercfg", { "reg.example": entry("flat") });
  assert.equal(await host.find(), "flat");
  await host.write("sandbox/.docker/config.json", config("task"));
  assert.equal(await host.find(), "task");
});

test("findCredentials() goes on where a file has no entry for the registry", async () => {
  await using host = await openHost();
  await host.write("sandbox/.docker/config.json", { auths: { "other.example": entry("other"), "reg.example": {} } });
  await host.write("sandbox/.dockercfg", { "other.example": entry("other") });
  await host.write("home/.docker/config.json", config("agent"));
  assert.equal(await host.find(), "agent");
});

test("findCredentials() takes DOCKER_CONFIG for the agent's folder, and then not HOME", async () => {
  await using host = await openHost();
  await host.write("home/.docker/config.json", config("home"));
  await host.write("etc/config.json", config("etc"));
  const variables = { HOME: host.at("home"), DOCKER_CONFIG: host.at("etc") };
  assert.equal(await host.find(variables), "etc");
  assert.equal(await host.find({ ...variables, DOCKER_CONFIG: host.at("none") }), undefined);
  assert.equal(await host.find({ ...variables, DOCKER_CONFIG: "" }), "home");
  assert.deepEqual(host.warnings, []);
});

test("findCredentials() does not read a relative DOCKER_CONFIG, which would lie in the sandbox", async () => {
  await using host = await openHost();
  assert.equal(await host.find({ DOCKER_CONFIG: "etc" }), undefined);
  assert.deepEqual(host.warnings, ['Cannot read "etc/config.json": the path is not absolute']);
});

test("findCredentials() fails at a broken file of the sandbox, by its name", async () => {
  await using host = await openHost();
  await host.write("home/.docker/config.json", config("agent"));
  await host.write("sandbox/.dockercfg", "hunter2");
  await assert.rejects(host.find(), {
    name: "CredentialsError",
    code: "invalid",
    message: 'Cannot use ".dockercfg": it is not JSON',
  });
});

test("findCredentials() warns of a broken file of the agent and goes on without", async () => {
  await using host = await openHost();
  await host.write("home/.docker/config.json", "hunter2");
  assert.equal(await host.find(), undefined);
  assert.deepEqual(host.warnings, [`Cannot use "${host.at("home/.docker/config.json")}": it is not JSON`]);
});

const unreadable: { title: string; found: RegExp; lay: (host: Host) => Promise<unknown> }[] = [
  {
    title: "a link out of the sandbox",
    found: /^Cannot read ".dockercfg": it is a link out of the sandbox$/,
    lay: async (host) => {
      await host.write("elsewhere", config("elsewhere"));
      await symlink(host.at("elsewhere"), host.at("sandbox/.dockercfg"));
    },
  },
  {
    title: "a folder that is a link out of the sandbox",
    found: /^Cannot read ".docker\/config.json": it is a link out of the sandbox$/,
    lay: async (host) => {
      await host.write("home/.docker/config.json", config("elsewhere"));
      await symlink("../home/.docker", host.at("sandbox/.docker"));
    },
  },
  {
    title: "a link into a folder whose name begins as the sandbox's",
    found: /^Cannot read ".dockercfg": it is a link out of the sandbox$/,
    lay: async (host) => {
      await host.write("sandbox2/file", config("elsewhere"));
      await symlink("../sandbox2/file", host.at("sandbox/.dockercfg"));
    },
  },
  {
    title: "a link to itself",
    found: /^Cannot read ".dockercfg": ELOOP/,
    lay: (host) => symlink(".dockercfg", host.at("sandbox/.dockercfg")),
  },
  {
    title: "a folder",
    found: /^Cannot read ".dockercfg": it is not a regular file$/,
    lay: (host) => mkdir(host.at("sandbox/.dockercfg")),
  },
  {
    title: "a pipe, without waiting for it",
    found: /^Cannot read ".dockercfg": it is not a regular file$/,
    lay: async (host) => execFileSync("mkfifo", [host.at("sandbox/.dockercfg")]),
  },
  {
    title: "more than 1 MiB",
    found: /^Cannot read ".dockercfg": it has more than 1048576 bytes$/,
    lay: (host) => host.write("sandbox/.dockercfg", `{}${" ".repeat(1024 * 1024 - 1)}`),
  },
  {
    title: "what is not UTF-8",
    found: /^Cannot use ".dockercfg": it is not UTF-8$/,
    lay: (host) => host.write("sandbox/.dockercfg", new Uint8Array([0x7b, 0xff, 0x7d])),
  },
];

for (const { title, found, lay } of unreadable) {
  test(`findCredentials() refuses ${title}`, async () => {
    await using host = await openHost();
    await lay(host);
    await assert.rejects(host.find(), { name: "CredentialsError", message: found });
  });
}

test("findCredentials() reads 1 MiB, and follows links within the sandbox", async () => {
  await using host = await openHost();
  const text = JSON.stringify(config("task"));
  await host.write("sandbox/fetched/config.json", text.padEnd(1024 * 1024));
  await symlink("fetched", host.at("sandbox/.docker"));
  assert.equal(await host.find(), "task");
});

test("findCredentials() works in a sandbox that is reached by a link", async () => {
  await using host = await openHost();
  await host.write("real/.dockercfg", { "reg.example": entry("task") });
  await rm(host.at("sandbox"), { recursive: true });
  await symlink("real", host.at("sandbox"));
  assert.equal(await host.find(), "task");
});

test("findCredentials() asks the helper that the agent's file names, and not the file", async () => {
  await using host = await openHost();
  await host.write("bin/docker-credential-one", helper("helped"), 0o755);
  const names = { credHelpers: { "reg.example": "one" }, ...config("agent") };
  await host.write("home/.docker/config.json", names);
  const variables = { HOME: host.at("home"), PATH: host.at("bin") };
  assert.equal(await host.find({ ...variables, PATH: `${host.at("bin")}:/usr/bin:/bin` }), "helped");
  await host.write("home/.docker/config.json", { credsStore: "one", ...config("agent") });
  assert.equal(await host.find(variables), "helped");
});

test("findCredentials() warns of a helper that cannot be run and goes on without", async () => {
  await using host = await openHost();
  await host.write("home/.docker/config.json", { credsStore: "none" });
  assert.equal(await host.find({ HOME: host.at("home"), PATH: host.at("bin") }), undefined);
  assert.deepEqual(host.warnings, ['Cannot use "docker-credential-none": it is not on the PATH']);
});

for (const place of ["sandbox/.docker/config.json", "sandbox/.dockercfg"]) {
  test(`findCredentials() runs no helper that ${place} names`, async () => {
    await using host = await openHost();
    await host.write("bin/docker-credential-one", `#!/bin/sh\ntouch '${host.at("ran")}'\n`, 0o755);
    await host.write(place, { credsStore: "one" });
    assert.equal(await host.find({ PATH: host.at("bin") }), undefined);
    const name = place.slice("sandbox/".length);
    assert.deepEqual(host.warnings, [
      `Cannot use the credential helper of "${name}": a task may not name a program to run`,
    ]);
    assert.throws(() => execFileSync("ls", [host.at("ran")], { stdio: "ignore" }));
  });
}

test("findCredentials() says nothing of a task's helper when its file has the credentials", async () => {
  await using host = await openHost();
  await host.write("sandbox/.docker/config.json", { credsStore: "one", ...config("task") });
  assert.equal(await host.find(), "task");
  assert.deepEqual(host.warnings, []);
});

test("findCredentials() takes a HOME within the sandbox for the task's", async () => {
  await using host = await openHost();
  await host.write("bin/docker-credential-one", helper("helped"), 0o755);
  await host.write("sandbox/home/.docker/config.json", { credsStore: "one" });
  await symlink("sandbox/home", host.at("home"));
  for (const home of ["home", "sandbox/home"]) {
    assert.equal(await host.find({ HOME: host.at(home), PATH: host.at("bin") }), undefined);
  }
  assert.equal(host.warnings.length, 2);
});
