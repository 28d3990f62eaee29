// What the compiled program makes of names of images, of its configuration, and of this host.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openRegistryClient } from "../../registry/mod.ts";
import { pushChart, pushImage } from "../registry/conformance/specimens.ts";
import { testOnBinary, testOnDocker } from "./cases.ts";
import { runCommand } from "./command.ts";
import { openStoreFolder, serveRegistry } from "./served_registry.ts";

testOnBinary("image resolve goes by mirrors of any registry, and tells how (J 37, J 38)", async (binary) => {
  await using folder = await openStoreFolder();
  await using mirror = await serveRegistry(binary, ["--memory"]);
  using client = openRegistryClient(mirror.host);
  const image = await pushImage(client, "hub/library/app", ["v1"]);
  const config = join(folder.path, "config.yaml");
  const good = `{ address: "http://${mirror.host}", prefix: hub }`;
  await writeFile(config, `registries: { docker.io: { mirrors: ["http://127.0.0.1:1", ${good}], upstream: never } }\n`);
  const run = (...words: string[]) =>
    runCommand([binary, "image", "resolve", ...words], { env: { MESOS_DOCKER_CONFIG: config } });
  const plain = await run("app:v1");
  assert.deepEqual([plain.end, plain.stderr], [0, ""]);
  assert.equal(plain.stdout, `docker.io/library/app@${image.descriptor.digest}\n`);
  const explained = await run("app:v1", "--explain", "--platform", "linux/arm64");
  assert.equal(explained.end, 0, explained.stderr);
  assert.match(explained.stdout, /^asked +127.0.0.1:1 for tag "v1": Cannot HEAD/m);
  assert.match(explained.stdout, new RegExp(`^source +${mirror.host}$`, "m"));
  assert.match(explained.stdout, /^platform +linux\/arm64 \(--platform\)$/m);
  const document = JSON.parse((await run("app:v1", "--json")).stdout);
  assert.equal(document.digest, image.descriptor.digest);
  const failed = await run("other:v1");
  assert.deepEqual([failed.end, failed.stdout], [1, ""]);
  assert.match(
    failed.stderr,
    /Cannot resolve "docker.io\/library\/other:v1": 127.0.0.1:1 \(as nobody\): .*; 127.0.0.1:\d+ /,
  );
  await pushChart(client, "hub/library/app", ["chart"]);
  const chart = await run("app:chart");
  assert.deepEqual([chart.end, chart.stdout], [1, ""]);
  assert.match(chart.stderr, /Cannot resolve "docker.io\/library\/app:chart": it is no image but an artifact of type /);
  const told = await run("app:chart", "--json");
  assert.equal(told.end, 1);
  assert.match(JSON.parse(told.stdout).error, /it is no image but an artifact of type /);
  const hinted = await run("localhost:5000");
  assert.match(hinted.stderr, /did you mean "localhost:5000\/…"\?/);
  assert.equal((await run(image.descriptor.digest)).end, 2, "an id is no name");
  await writeFile(config, "registries: { docker.io: { upstream: perhaps } }\n");
  const broken = await run("app:v1");
  assert.equal(broken.end, 1);
  assert.match(broken.stderr, /line 1: "registries.docker.io.upstream" is "perhaps", expected used or never/);
});

testOnBinary(
  "registry serve pulls through from configured mirrors, and goes by a changed file at once",
  async (binary) => {
    await using folder = await openStoreFolder();
    await using first = await serveRegistry(binary, ["--memory"]);
    await using second = await serveRegistry(binary, ["--memory"]);
    const config = join(folder.path, "config.yaml");
    const say = ({ host }: { host: string }) =>
      writeFile(config, `registries: { quay.test: { mirrors: ["http://${host}"], upstream: never } }\n`);
    await say(first);
    const env = { MESOS_DOCKER_CONFIG: config };
    await using cache = await serveRegistry(binary, ["--memory", "--upstream", "quay.test"], env);
    using client = openRegistryClient(cache.host);
    const images = await Promise.all(
      [first, second].map(async ({ host }, index) => {
        using there = openRegistryClient(host);
        return await pushImage(there, `org/app${index}`, ["v1"]);
      }),
    );
    const stat = (index: number) => client.statManifest(`quay.test/org/app${index}`, "v1");
    assert.equal((await stat(0)).digest, images[0]?.descriptor.digest);
    await assert.rejects(stat(1), "the first mirror does not have it");
    await say(second);
    assert.equal((await stat(1)).digest, images[1]?.descriptor.digest);
  },
);

testOnDocker(
  "doctor looks at the daemon and at configured registries, and fails when something would",
  async ({ binary }) => {
    await using folder = await openStoreFolder();
    await using registry = await serveRegistry(binary, ["--memory"]);
    const config = join(folder.path, "config.yaml");
    await writeFile(config, `registries: { "${registry.host}": {} }\n`);
    const run = async (env: Record<string, string>) => {
      const { end, stdout, stderr } = await runCommand([binary, "doctor", "--json"], {
        env: { MESOS_DOCKER_CONFIG: config, ...env },
      });
      assert.equal(stderr, "");
      const lines = stdout.trim().split("\n");
      return {
        end,
        findings: lines.map((line) => JSON.parse(line) as { about: string; verdict: string; mend?: string }),
      };
    };
    const { end, findings } = await run({});
    const verdictOf = (about: string) => findings.find((finding) => finding.about === about)?.verdict;
    assert.deepEqual(
      [verdictOf("daemon"), verdictOf(`registry ${registry.host}`), verdictOf("policy")],
      ["ok", "ok", "ok"],
    );
    for (const { verdict, mend } of findings) assert.equal(mend === undefined, verdict === "ok");
    assert.equal(end, findings.some(({ verdict }) => verdict === "failure") ? 1 : 0);
    const without = await run({ DOCKER_HOST: "unix:///nonexistent/docker.sock" });
    assert.equal(without.end, 1);
    assert.deepEqual(
      without.findings.filter(({ verdict }) => verdict === "failure").map(({ about }) => about),
      ["daemon"],
    );
  },
);
