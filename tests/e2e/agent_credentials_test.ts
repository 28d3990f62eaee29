// Images that only who has the agent's --docker_config, or the configuration's credentials, may pull (images contract C.3).
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import bcrypt from "bcryptjs";
import { openRegistryClient } from "../../registry/mod.ts";
import { TaskState, TaskStatus_Reason } from "../../src/mesos/protocol.ts";
import { type DockerBench, testOnDocker } from "./cases.ts";
import { pushRunnableImage } from "./runnable_image.ts";
import { openStoreFolder, serveRegistry } from "./served_registry.ts";
import { type ClusterOptions, openTestCluster, type TestCluster } from "./test_cluster.ts";

const repository = "private/app";
const password = "s3cret-of-the-agent";
const auth = Buffer.from(`agent:${password}`).toString("base64");

interface Scene {
  readonly image: string;
  readonly host: string;
  /** A configuration by which these credentials are not used. */
  readonly ignoring: string;
  /** A configuration that names credentials itself, and one that names a file which is not there. */
  readonly configured: string;
  readonly unreadable: string;
  /** A cluster whose agent was started so. */
  open(options: Pick<ClusterOptions, "dockerConfig" | "listen"> & { variables?: Record<string, string> }): Promise<{
    cluster: TestCluster;
    /** Requests to the operator API. */
    asked: string[];
    [Symbol.asyncDispose](): Promise<void>;
  }>;
}

/** A registry that lets in nobody but the agent, and has an image that the daemon has not. */
async function inScene(bench: DockerBench, run: (scene: Scene) => Promise<void>): Promise<void> {
  const { binary, engine } = bench;
  await using folder = await openStoreFolder();
  const [store, state, htpasswd] = ["store", "state", "htpasswd"].map((name) => join(folder.path, name)) as [
    string,
    string,
    string,
  ];
  await mkdir(store);
  const ignoring = join(folder.path, "ignoring.yaml");
  await writeFile(ignoring, "pull: { agentCredentials: ignored }");
  const [configured, passwordFile] = [join(folder.path, "configured.yaml"), join(folder.path, "password")];
  await writeFile(passwordFile, `${password}\n`);
  await writeFile(htpasswd, `agent:${await bcrypt.hash(password, 4)}\n`);
  const tag = randomUUID();
  let id: string;
  {
    await using served = await serveRegistry(binary, ["--store", store]);
    using content = openRegistryClient(served.host);
    ({ id } = await pushRunnableImage(bench, { content, host: served.host }, { repository, tag, bytes: 100_000 }));
  }
  await using served = await serveRegistry(binary, ["--store", store, "--htpasswd", htpasswd]);
  const { host } = served;
  const unreadable = join(folder.path, "unreadable.yaml");
  const configure = async (path: string, credentials: object) =>
    await writeFile(path, JSON.stringify({ registries: { [host]: { credentials } } }));
  await configure(configured, { username: "agent", passwordFile });
  await configure(unreadable, { username: "agent", passwordFile: "/nowhere/password" });
  try {
    await run({
      ...{ host, ignoring, configured, unreadable, image: `${host}/${repository}:${tag}` },
      open: async ({ variables, ...options }) => {
        const asked: string[] = [];
        const cluster = await openTestCluster(bench, {
          ...options,
          executorEnvironment: { MESOS_DOCKER_STATE: state, MESOS_DOCKER_LOG: "debug", ...variables },
          observe: ({ request, status }) => {
            if (!request.target.endsWith("/executor")) asked.push(`${request.target} ${status}`);
          },
        });
        return { cluster, asked, [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() };
      },
    });
  } finally {
    await engine.removeImage(id, { force: true });
    await rm(state, { recursive: true, force: true });
  }
}

testOnDocker("a private image is pulled with the credentials of the agent's --docker_config", async (bench) => {
  await inScene(bench, async ({ host, image, open }) => {
    for (const [form, dockerConfig, pull] of [
      ["auths", { auths: { [host]: { auth } } }, "gateway"],
      ["older", { [`https://${host}/v1/`]: { auth } }, "daemon"],
    ] as const) {
      await using opened = await open({ dockerConfig, variables: { MESOS_DOCKER_PULL: pull } });
      const { cluster, asked } = opened;
      cluster.launch(form, { shell: "env; test -s /random", image });
      const { state, message } = await cluster.book.end(form);
      assert.equal(state, TaskState.TASK_FINISHED, message);
      assert.deepEqual(asked, ["/slave(1)/api/v1 200"], "once");
      await cluster.book.exit(form);
      const told = await Promise.all(["stdout", "stderr"].map((name) => cluster.sandboxText(form, name)));
      for (const secret of [password, auth]) assert.ok(!told.join().includes(secret), `no secret is told: ${told}`);
      await bench.engine.removeImage(image);
    }
  });
});

testOnDocker("a private image is denied as the registry says without them, and when nobody asks", async (bench) => {
  await inScene(bench, async ({ host, image, ignoring, open }) => {
    const dockerConfig = { auths: { [host]: { auth } } };
    for (const [taskId, options, expected] of [
      ["none", {}, ["/slave(1)/api/v1 200"]],
      ["other", { dockerConfig: { auths: { "other.example": { auth } } } }, ["/slave(1)/api/v1 200"]],
      ["ignored", { dockerConfig, variables: { MESOS_DOCKER_CONFIG: ignoring } }, []],
    ] as const) {
      await using opened = await open(options);
      const { cluster, asked } = opened;
      cluster.launch(taskId, { shell: "true", image });
      const { state, message } = await cluster.book.end(taskId);
      assert.equal(state, TaskState.TASK_FAILED);
      assert.match(message, /^Cannot get image ".*": .*asks for a login/);
      assert.deepEqual(asked, expected);
    }
  });
});

testOnDocker("an agent with a domain socket is asked there", async (bench) => {
  await inScene(bench, async ({ host, image, open }) => {
    const path = `/tmp/mesos-docker-test-${randomUUID()}.sock`;
    const dockerConfig = { auths: { [host]: { auth } } };
    await using opened = await open({ dockerConfig, listen: { kind: "unix", path } });
    opened.cluster.launch("socket", { shell: "test -s /random", image });
    const { state, message } = await opened.cluster.book.end("socket");
    assert.equal(state, TaskState.TASK_FINISHED, message);
    assert.deepEqual(opened.asked, ["/slave(1)/api/v1 200"]);
  });
});

testOnDocker("a private image is pulled with the credentials of the configuration, whoever fetches", async (bench) => {
  await inScene(bench, async ({ image, configured, open }) => {
    for (const pull of ["gateway", "daemon"]) {
      await using opened = await open({
        variables: { MESOS_DOCKER_PULL: pull, MESOS_DOCKER_CONFIG: configured },
      });
      opened.cluster.launch(pull, { shell: "test -s /random", image });
      const { state, message } = await opened.cluster.book.end(pull);
      assert.equal(state, TaskState.TASK_FINISHED, message);
      await opened.cluster.book.exit(pull);
      await bench.engine.removeImage(image);
    }
  });
});

testOnDocker("a task fails by a password of the configuration that cannot be read, whoever fetches", async (bench) => {
  await inScene(bench, async ({ image, unreadable, open }) => {
    for (const pull of ["gateway", "daemon"]) {
      await using opened = await open({
        variables: { MESOS_DOCKER_PULL: pull, MESOS_DOCKER_CONFIG: unreadable },
      });
      opened.cluster.launch(pull, { shell: "true", image });
      const { state, reason, message } = await opened.cluster.book.end(pull);
      assert.deepEqual([state, reason], [TaskState.TASK_FAILED, TaskStatus_Reason.CONTAINER_LAUNCH_FAILED], message);
      assert.match(message, /^Cannot get image ".*": .*Cannot read "\/nowhere\/password": ENOENT/);
    }
  });
});
