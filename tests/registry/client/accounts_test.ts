// Who we are, by repository and for how long: contract B.2, C.1.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { failsWith } from "../conformance/failure.ts";
import { pushSpecimen, randomBlob } from "../conformance/specimens.ts";
import { openFastClient } from "./fast_client.ts";
import { answer, type Fault, openFaultyServer } from "./faulty_server.ts";
import { bearer } from "./token_rules.ts";

const blob = randomBlob(1000);
const { digest } = blob.descriptor;

test("each repository is asked for with its own account, and an account's token opens no other repository", async () => {
  const registry = memoryRegistry();
  for (const repository of ["n", "team/m"]) await pushSpecimen(registry, repository, blob);
  const challenge = (host: string) => `Bearer realm="http://${host}/token",service="svc"`;
  await using server = await openFaultyServer(bearer({ challenge }), registry);
  const asked: (string | undefined)[] = [];
  const credentials = async (repository?: string) => {
    asked.push(repository);
    return { kind: "basic", username: repository ?? "nobody", password: "p" } as const;
  };
  using client = openFastClient(server.host, { credentials });
  for (const repository of ["n", "team/m", "n"]) await client.statBlob(repository, digest);
  assert.deepEqual(asked, ["n", "team/m"]);
  const accounts = server.seen.flatMap(({ url }) => new URL(url, "http://x").searchParams.getAll("account"));
  assert.deepEqual(accounts, ["n", "team/m"]);
});

test("credentials are looked up again after a while, after a failure and after a refusal", async () => {
  let password = "old";
  const registry = memoryRegistry();
  await pushSpecimen(registry, "n", blob);
  const fault: Fault = (request, response) =>
    request.headers.authorization === `Basic ${Buffer.from("alice:s3cret").toString("base64")}`
      ? "pass"
      : answer(response, 401, { "www-authenticate": 'Basic realm="x"' });
  await using server = await openFaultyServer(fault, registry);
  let asked = 0;
  const credentials = async () => {
    asked += 1;
    if (asked === 1) throw new Error("the helper is not well");
    return { kind: "basic", username: "alice", password } as const;
  };
  using client = openFastClient(server.host, { credentials });
  await assert.rejects(client.statBlob("n", digest), /the helper is not well/);
  await failsWith("UNAUTHORIZED", client.statBlob("n", digest));
  password = "s3cret";
  await client.statBlob("n", digest);
  assert.equal(asked, 3);
  client.clock.nowMs += 299_000;
  await client.statBlob("n", digest);
  assert.equal(asked, 3);
  client.clock.nowMs += 2000;
  await client.statBlob("n", digest);
  assert.equal(asked, 4);
});
