// What the compiled program tells of a registry that it serves: metrics, and a line for each request.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { openRegistryClient } from "../../registry/mod.ts";
import { pushImage } from "../registry/conformance/specimens.ts";
import { ask } from "../registry/server/raw_request.ts";
import { testOnBinary } from "./cases.ts";
import { eventually } from "./eventually.ts";
import { openStoreFolder, serveRegistry } from "./served_registry.ts";

testOnBinary(
  "registry serve counts for Prometheus at /metrics, and writes its access log as lines of text",
  async (binary) => {
    await using folder = await openStoreFolder();
    const path = join(folder.path, "access.log");
    {
      await using served = await serveRegistry(binary, ["--store", join(folder.path, "store"), "--access-log", path]);
      using client = openRegistryClient(served.host);
      await pushImage(client, "team/app", ["v1"]);
      await client.getManifest("team/app", "v1");
      await ask(served.host, "GET", "/v2/?token=secret", {
        headers: { "user-agent": "a client", authorization: "Basic c2VjcmV0" },
      });
      const text = await eventually("the size of the store", async () => {
        const { body, headers } = await ask(served.host, "GET", "/metrics");
        assert.match(String(headers["content-type"]), /^text\/plain; version=0\.0\.4/);
        return /^mesos_docker_registry_stored_bytes \d/m.test(body.toString()) && body.toString();
      });
      assert.match(text, /^mesos_docker_registry_requests_total\{kind="manifest_get",status="200"\} 1$/m);
      assert.match(text, /^mesos_docker_registry_requests_total\{kind="manifest_put",status="201"\} 1$/m);
      assert.doesNotMatch(text, /team/, "no name is a label");
    }
    const log = await readFile(path, "utf8");
    assert.match(
      log,
      /^127\.0\.0\.1 - - \[.*\] "PUT \/v2\/team\/app\/manifests\/v1 HTTP\/1\.1" 201 0 "-" "mesos-docker.*" \d+ \d+$/m,
    );
    assert.match(log, /^127\.0\.0\.1 - - \[.*\] "GET \/v2\/ HTTP\/1\.1" 200 2 "-" "a client" 0 \d+$/m);
    assert.doesNotMatch(log, /secret|c2VjcmV0/);
  },
);

testOnBinary("registry serve counts at an address of its own, and logs requests as JSON on stderr", async (binary) => {
  const args = ["--memory", "--metrics", "127.0.0.1:0", "--access-log"];
  const env = { MESOS_DOCKER_LOG_FORMAT: "json", MESOS_DOCKER_LOG: "error" };
  await using served = await serveRegistry(binary, args, env);
  assert.equal((await ask(served.host, "GET", "/metrics")).status, 404);
  const metrics = /metrics at (\S+)/.exec(served.command.stdout)?.[1] ?? "";
  assert.match(
    (await ask(metrics, "GET", "/metrics")).body.toString(),
    /^mesos_docker_registry_requests_total\{kind="other",status="404"\} 1$/m,
  );
  const [line = ""] = await eventually("a line", () => {
    const lines = served.command.stderr.trim().split("\n");
    return lines[0] !== "" && lines;
  });
  const { time, ...rest } = JSON.parse(line);
  assert.ok(!Number.isNaN(Date.parse(time)));
  assert.deepEqual([rest.client, rest.method, rest.path, rest.status], ["127.0.0.1", "GET", "/metrics", 404]);
});

testOnBinary(
  "registry serve ends at once when its access log or its address for metrics cannot be had",
  async (binary) => {
    for (const [args, found] of [
      [["--access-log", "/nonexistent/access.log"], /Cannot open access log "\/nonexistent\/access\.log": ENOENT/],
      [["--metrics", "192.0.2.1:1"], /EADDRNOTAVAIL/],
    ] as const) {
      await assert.rejects(serveRegistry(binary, ["--memory", ...args]), found);
    }
  },
);

testOnBinary(
  "registry serve tells what it waits for when it is interrupted, and ends by another signal",
  async (binary) => {
    const served = await serveRegistry(binary, ["--memory"]);
    await using command = served.command;
    const [hostname, port] = served.host.split(":");
    const socket = connect(Number(port), hostname);
    socket.on("error", () => undefined);
    socket.write("PUT /v2/a/manifests/v1 HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{");
    await eventually("the request", async () => {
      const { body } = await ask(served.host, "GET", "/metrics");
      return /^mesos_docker_registry_requests_total/m.test(body.toString());
    });
    command.interrupt("SIGINT");
    await eventually("what is waited for", () =>
      /requests that run; another signal ends them.* requests=1/.test(command.stderr),
    );
    command.interrupt("SIGINT");
    assert.equal((await command.result).end, 0);
    socket.destroy();
  },
);
