// What `run` cannot do is said in lines without a stack trace, and leaves nothing.
import assert from "node:assert/strict";
import { chmod, constants, copyFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { openFixture } from "../fakes/own_runtime.ts";
import { testOnBinary, testOnDocker } from "./cases.ts";
import { type CommandOptions, type CommandResult, runCommand } from "./command.ts";
import { openEmptyRegistry } from "./fake_registry.ts";
import { openRunBench } from "./run_bench.ts";

/** Somebody who is not root, with a folder that holds the program: the project's own may be closed to others. */
async function openNobody(binary: string): Promise<Nobody> {
  const folder = await openFixture();
  await chmod(folder.path, 0o777);
  const program = `${folder.path}/mesos-docker`;
  await copyFile(binary, program, constants.COPYFILE_FICLONE);
  return {
    folder: folder.path,
    words: ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program],
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

interface Nobody extends AsyncDisposable {
  readonly folder: string;
  /** Words that start the program. */
  readonly words: readonly string[];
}

function assertPlain({ stdout, stderr }: CommandResult): void {
  assert.equal(stdout, "");
  assert.doesNotMatch(stderr, /\n\s+at |\[object|undefined|Error:/);
  for (const line of stderr.trimEnd().split("\n")) assert.match(line, /^mesos-docker: \S/);
}

const badUsage: Readonly<Record<string, { words: readonly string[]; says: RegExp }>> = {
  "an unknown option": { words: ["--bogus", "x", "busybox"], says: /unknown option '--bogus'/ },
  "no image": { words: ["--cpus", "1"], says: /missing required argument 'image'/ },
  "a number that is none": { words: ["--cpus", "many", "busybox"], says: /--cpus.*'many'.*a number/ },
  "a negative number": { words: ["--mem", "-1", "busybox"], says: /--mem.*'-1'.*zero or more/ },
  "an option without its value": { words: ["--cpus"], says: /--cpus.*argument missing/ },
  "half an instance": { words: ["--instances", "1.5", "busybox"], says: /--instances.*'1\.5'.*whole number/ },
  "a port beyond the last": { words: ["--port", "70000", "busybox"], says: /--port.*'70000'.*1 to 65535/ },
  "a port of no protocol": { words: ["--port", "80/ip", "busybox"], says: /--port.*'80\/ip'.*tcp\|udp\|sctp/ },
  "a variable without a value": { words: ["--env", "NAME", "busybox"], says: /--env.*'NAME'.*NAME=VALUE/ },
  "a volume with a relative path": { words: ["--volume", "here:/there", "busybox"], says: /--volume.*absolute/ },
  "a policy that there is not": {
    words: ["--pull", "daily", "busybox"],
    says: /--pull.*'daily'.*missing, always, never/,
  },
};

for (const [name, { words, says }] of Object.entries(badUsage)) {
  testOnBinary(`run with ${name} is wrong usage, said in one line`, async (binary) => {
    const result = await runCommand([binary, "run", ...words]);
    assert.equal(result.end, 2);
    assertPlain(result);
    assert.match(result.stderr, /^[^\n]+\n$/);
    assert.match(result.stderr, says);
  });
}

testOnBinary("run with settings that cannot be meant says which, in one line", async (binary) => {
  for (const [name, value] of [
    ["MESOS_DOCKER_LOG", "loud"],
    ["DOCKER_HOST", "ssh://here"],
    ["MESOS_DOCKER_PULL", "us"],
    ["MESOS_DOCKER_STATE", "here"],
  ] as const) {
    const result = await runCommand([binary, "run", "busybox"], { env: { [name]: value } });
    assert.equal(result.end, 2);
    assertPlain(result);
    assert.match(result.stderr, new RegExp(`^mesos-docker: [^\\n]*${name}[^\\n]*"${value}"[^\\n]*\\n$`));
  }
});

testOnBinary("run without a daemon names the socket", async (binary) => {
  await using folder = await openFixture();
  const env = { DOCKER_HOST: `unix://${folder.path}/none.sock`, TMPDIR: folder.path };
  const result = await runCommand([binary, "run", "busybox"], { env });
  assert.equal(result.end, 1);
  assertPlain(result);
  const [starting, failed = "", ...rest] = result.stderr.trimEnd().split("\n");
  assert.equal(starting, "mesos-docker: busybox.1: TASK_STARTING");
  assert.ok(
    failed.includes(`TASK_FAILED, Cannot reach the Docker daemon at "unix://${folder.path}/none.sock"`),
    failed,
  );
  assert.deepEqual(rest, []);
});

testOnBinary(
  "run with a daemon that the user may not talk to names the user",
  async (binary) => {
    await using nobody = await openNobody(binary);
    const path = `${nobody.folder}/daemon.sock`;
    const daemon = createServer();
    await new Promise<void>((resolve) => daemon.listen(path, resolve));
    await chmod(path, 0o600);
    const env = { DOCKER_HOST: `unix://${path}`, TMPDIR: nobody.folder };
    const result = await runCommand([...nobody.words, "run", "busybox"], { env });
    daemon.close();
    assert.equal(result.end, 1);
    assertPlain(result);
    assert.match(result.stderr, /TASK_FAILED, Cannot reach the Docker daemon at .*: permission denied to uid 65534/);
  },
  { needs: "root" },
);

/** Work directories that cannot be, for nobody. */
const badFolders: Readonly<Record<string, string>> = {
  "below a file": "/etc/passwd/work",
  "that is a file": "/etc/passwd",
  "of somebody else": "/root/work",
};

for (const [name, folder] of Object.entries(badFolders)) {
  testOnBinary(
    `run with a work directory ${name} says so in one line`,
    async (binary) => {
      await using nobody = await openNobody(binary);
      const result = await runCommand([...nobody.words, "run", "--work-dir", folder, "busybox"]);
      assert.equal(result.end, 1);
      assertPlain(result);
      assert.match(result.stderr, new RegExp(`^mesos-docker: Cannot use work directory "${folder}": [^\\n]+\\n$`));
    },
    { needs: "root" },
  );
}

testOnBinary("run without a temporary directory that it may write to says so in one line", async (binary) => {
  const options: CommandOptions = { env: { TMPDIR: "/proc/nowhere" } };
  const result = await runCommand([binary, "run", "busybox"], options);
  assert.equal(result.end, 1);
  assertPlain(result);
  assert.match(result.stderr, /^mesos-docker: Cannot use work directory "\/proc\/nowhere": [^\n]+\n$/);
});

testOnDocker("run of an image that nobody has passes on what the registry said", async (docker) => {
  await using registry = await openEmptyRegistry();
  await using bench = await openRunBench(docker);
  const result = await bench.run({ image: registry.image, shell: "true" });
  assert.equal(result.end, 1);
  assertPlain(result);
  assert.match(result.stderr, /TASK_FAILED, Cannot get image ".*": .*no such manifest here/);
});

testOnDocker("run of an image that the configuration denies is refused", async (docker) => {
  await using folder = await openFixture();
  await using bench = await openRunBench(docker);
  const path = `${folder.path}/config.yaml`;
  await writeFile(path, "registries: { denied.lab: { deny: ask us first } }\n", { mode: 0o600 });
  const result = await bench.run({ image: "denied.lab/app:1", shell: "true", env: { MESOS_DOCKER_CONFIG: path } });
  assert.equal(result.end, 1);
  assertPlain(result);
  assert.match(result.stderr, /TASK_FAILED, .*ask us first/);
});

testOnDocker("run --pull always asks the registry for an image that is here as well", async (docker) => {
  await using registry = await openEmptyRegistry();
  const { image } = registry;
  await docker.engine.tagImage(docker.image, image);
  try {
    await using bench = await openRunBench(docker);
    assert.equal((await bench.run({ image, shell: "exit 4" })).end, 4);
    assert.equal(registry.requests.seen, 0);
    const result = await bench.run({ image, flags: ["--pull", "always"], shell: "exit 4" });
    assert.equal(result.end, 1);
    assert.match(result.stderr, /TASK_FAILED, Cannot get image/);
  } finally {
    await docker.engine.removeImage(image);
  }
});

testOnDocker("run with a port that somebody listens on passes on what the daemon said", async (docker) => {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, "0.0.0.0", resolve));
  const address = listener.address();
  const port = typeof address === "object" ? address?.port : undefined;
  await using bench = await openRunBench(docker);
  const result = await bench.run({ flags: ["--port", `${port}:80`], shell: "true" });
  await new Promise((resolve) => listener.close(resolve));
  assert.equal(result.end, 1);
  assertPlain(result);
  assert.match(result.stderr, new RegExp(`TASK_FAILED, .*${port}.*(already in use|already allocated)`));
});

testOnDocker("run with one port of the host for two instances says so in one line", async (docker) => {
  await using bench = await openRunBench(docker);
  const result = await bench.run({ flags: ["--port", "35999:80", "--instances", "2"], shell: "true" });
  assert.equal(result.end, 1);
  assertPlain(result);
  assert.match(result.stderr, /^mesos-docker: Cannot allocate port 35999: it is taken\n$/);
});
