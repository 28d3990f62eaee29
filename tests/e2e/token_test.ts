import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { readEnvironment } from "../../src/runtime/marked_processes.ts";
import { testOnDocker } from "./cases.ts";
import { openTestCluster } from "./test_cluster.ts";

testOnDocker("an executor's token is seen by its agent alone", async (bench) => {
  const tokens = new Set<string>();
  await using cluster = await openTestCluster(bench, {
    authentication: "token",
    executorEnvironment: { MESOS_DOCKER_LOG: "debug" },
    observe: ({ request }) => tokens.add(request.headers.authorization?.replace("Bearer ", "") ?? "none"),
  });
  const container = await cluster.run("secret", { shell: "env; echo done >&2; sleep 60", graceMs: 0 });
  const [token = "", ...others] = tokens;
  assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
  assert.deepEqual(others, []);
  const pid = cluster.executorPid("secret");
  const environment = readEnvironment(pid);
  assert.match(environment, /MESOS_EXECUTOR_ID=secret/);
  const places = {
    "the executor's environment": environment,
    "the executor's command line": await readFile(`/proc/${pid}/cmdline`, "utf8"),
    "the container": JSON.stringify(container.raw),
    "the container's environment": readEnvironment(container.State.Pid),
    "the sandbox's stdout": await cluster.sandboxText("secret", "stdout"),
    "the sandbox's stderr": await cluster.sandboxText("secret", "stderr"),
    statuses: JSON.stringify(cluster.book.statuses("secret").map(({ message, data }) => [message, String(data)])),
  };
  cluster.kill("secret");
  await cluster.book.end("secret");
  const last = await cluster.sandboxText("secret", "stderr");
  assert.match(last, /done/);
  for (const [place, text] of Object.entries({ ...places, "what came last": last })) {
    assert.ok(text !== "" || place === "the sandbox's stdout", `${place} was looked at`);
    assert.ok(!text.includes(token), `the token is not in ${place}`);
  }
});
