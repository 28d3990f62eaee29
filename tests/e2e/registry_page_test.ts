// The pages of a registry as the compiled program serves them, in Debian's chromium.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openRegistryClient } from "../../registry/mod.ts";
import { pushImage } from "../registry/conformance/specimens.ts";
import { ask } from "../registry/server/raw_request.ts";
import { readColours, readPage } from "./browser.ts";
import { testOnBinary } from "./cases.ts";
import { openStoreFolder, serveRegistry } from "./served_registry.ts";

testOnBinary(
  "the registry's page is light or dark, refreshes itself, and can be read without scripts",
  async (binary) => {
    await using folder = await openStoreFolder();
    const log = join(folder.path, "access.log");
    await using served = await serveRegistry(binary, ["--memory", "--access-log", log]);
    using client = openRegistryClient(served.host);
    await pushImage(client, "team/app", ["v1"]);
    await client.getManifest("team/app", "v1");
    const url = `http://${served.host}/`;
    const light = await readColours(url);
    assert.ok((light.get("f6f7f9") ?? 0) > 500_000, "the light ground of its own style sheet");
    assert.ok((light.get("14509c") ?? 0) > 100, "a bar of the table");
    const still = await readColours(url, { scheme: "dark", scripts: "off" });
    assert.ok((still.get("12161d") ?? 0) > 500_000, "the dark ground");
    assert.ok((still.get("9cc6fb") ?? 0) > 100, "a bar of the table, without any script");
    const before = await readFile(log, "utf8");
    const living = await readPage(url);
    assert.match(living, /<section id="live"[^>]*><dl class="facts">/);
    assert.match((await readFile(log, "utf8")).slice(before.length), /"GET \/live HTTP\/1\.1" 200/);
  },
  { client: "chromium" },
);

testOnBinary(
  "the registry's page knows what was pulled before a restart, and shows only what is served",
  async (binary) => {
    await using folder = await openStoreFolder();
    const args = ["--store", folder.path];
    {
      await using served = await serveRegistry(binary, args);
      using client = openRegistryClient(served.host);
      await pushImage(client, "team/app", ["v1"]);
      for (let time = 0; time < 3; time++) await client.getManifest("team/app", "v1");
    }
    {
      await using served = await serveRegistry(binary, args);
      const { body, headers } = await ask(served.host, "GET", "/repository?name=team%2Fapp");
      assert.match(body.toString(), /<th scope="row">v1<\/th>.*<td class="number">3<\/td><td><time/);
      assert.match(String(headers["content-security-policy"]), /^default-src 'none'/);
    }
    await using hidden = await serveRegistry(binary, [...args, "--allow", "other"]);
    assert.doesNotMatch((await ask(hidden.host, "GET", "/")).body.toString(), /team/);
    assert.equal((await ask(hidden.host, "GET", "/repository?name=team%2Fapp")).status, 404);
  },
);
