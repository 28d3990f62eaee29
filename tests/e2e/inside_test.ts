import assert from "node:assert/strict";
import { mkdir, readFile, stat } from "node:fs/promises";
import { testOnDocker } from "./cases.ts";
import { openTestCluster } from "./test_cluster.ts";

testOnDocker("a container's environment is the framework's, and nothing of the executor's", async (bench) => {
  await using cluster = await openTestCluster(bench, {
    authentication: "token",
    executorEnvironment: { OPERATOR_CANARY: "seen", LIBPROCESS_SSL_ENABLED: "0" },
  });
  const environment = { PORT0: "31000", A: "x=y", B: "one\ntwo", C: "Grüße 🐳", EMPTY: "" };
  cluster.launch("env", { shell: "cat /proc/1/environ; true", environment });
  await cluster.book.end("env");
  const entries = (await cluster.sandboxText("env", "stdout")).split("\0").filter((entry) => entry !== "");
  const found = Object.fromEntries(entries.map((entry) => [entry.split("=", 1)[0], entry.replace(/^[^=]*=/, "")]));
  // The first three are the image's and the daemon's.
  const { PATH, HOSTNAME, HOME, MESOS_CONTAINER_NAME, ...rest } = found;
  assert.deepEqual(rest, { ...environment, MESOS_SANDBOX: "/mnt/mesos/sandbox", MESOS_ALLOCATION_ROLE: "*" });
  assert.match(MESOS_CONTAINER_NAME ?? "", /^task-env-/);
});

testOnDocker("the sandbox and other volumes are mounted, and can be written to", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const shared = cluster.folder("shared");
  await mkdir(shared);
  const shell = `
    test -x /mnt/mesos/sandbox/mesos-docker || exit 1
    echo made > /mnt/mesos/sandbox/made && echo kept > /shared/kept && echo relative > /mnt/mesos/sandbox/data/file`;
  const volumes = [
    { hostPath: shared, containerPath: "/shared" },
    { hostPath: cluster.folder("data"), containerPath: "data" },
  ];
  cluster.launch("writer", { shell, volumes });
  const end = await cluster.book.end("writer");
  assert.equal(end.message, "Container exited with status 0");
  assert.equal(await cluster.sandboxText("writer", "made"), "made\n");
  assert.equal(await readFile(`${shared}/kept`, "utf8"), "kept\n");
  assert.equal(await readFile(`${cluster.folder("data")}/file`, "utf8"), "relative\n");
  assert.ok((await stat(cluster.sandboxPath("writer", "made"))).isFile());
});
