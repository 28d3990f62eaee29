import assert from "node:assert/strict";
import { chmod, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { HelperAnswers } from "../../src/images/credentials/helper_answers.ts";
import { hostCredentials } from "../../src/images/credentials/mod.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { type Fixture, openFixture } from "../fakes/own_runtime.ts";
import { recordWarnings } from "./recording_log.ts";

/** A helper that counts its runs, and ends as `end` says. */
async function writeHelper(fixture: Fixture, end: string): Promise<() => Promise<number>> {
  const count = join(fixture.path, "count");
  const script = `#!/bin/sh\necho x >> '${count}'\n${end}\n`;
  await chmod(await fixture.write("docker-credential-test", script), 0o755);
  return async () => (await readFile(count, "utf8").catch(() => "")).length / 2;
}

const answer = (user: string) => `echo '{"Username":"${user}","Secret":"s3cret"}'`;

test("HelperAnswers runs a helper once for all who ask within five minutes (J 66)", async () => {
  await using fixture = await openFixture();
  const runs = await writeHelper(fixture, answer("me"));
  const clock = new FakeClock();
  const answers = new HelperAnswers();
  const variables = { PATH: `${fixture.path}:/usr/bin:/bin` };
  const ask = (serverAddress = "a.lab") => answers.ask({ suffix: "test", serverAddress, variables, clock });
  const [first, second] = await Promise.all([ask(), ask()]);
  assert.deepEqual(first, second);
  assert.equal(await runs(), 1);
  clock.advance(299_000);
  await ask();
  assert.equal(await runs(), 1);
  clock.advance(1000);
  await ask();
  assert.equal(await runs(), 2);
  await ask("b.lab");
  assert.equal(await runs(), 3, "another registry is another question");
});

test("HelperAnswers asks again after a failure (J 66)", async () => {
  await using fixture = await openFixture();
  const runs = await writeHelper(fixture, "echo s3cret; exit 3");
  const clock = new FakeClock();
  const answers = new HelperAnswers();
  const request = { suffix: "test", serverAddress: "a.lab", variables: { PATH: `${fixture.path}:/usr/bin` }, clock };
  await assert.rejects(answers.ask(request), { code: "helper" });
  await writeHelper(fixture, answer("me"));
  assert.equal((await answers.ask(request))?.kind, "password");
  assert.equal(await runs(), 2);
});

for (const [what, end, expected, warned] of [
  ["has nothing", "echo 'credentials not found in native keychain'; exit 1", undefined, []],
  ["has an identity token", answer("<token>"), { kind: "refresh", token: "s3cret" }, []],
  ["has a password", answer("me"), { kind: "basic", username: "me", password: "s3cret" }, []],
  [
    "fails",
    "echo s3cret; echo s3cret >&2; exit 3",
    undefined,
    ['Cannot use "docker-credential-test": it ended with status 3'],
  ],
] as const) {
  test(`a registry whose helper ${what} gets what follows from that (J 66)`, async () => {
    await using fixture = await openFixture();
    await writeHelper(fixture, end);
    await fixture.write("config.json", JSON.stringify({ credsStore: "test" }));
    const { log, warnings } = recordWarnings();
    const variables = { DOCKER_CONFIG: fixture.path, PATH: `${fixture.path}:/usr/bin:/bin` };
    const find = hostCredentials("a.lab", { variables, log });
    assert.deepEqual(await find("team/app"), expected);
    assert.deepEqual(await find("other"), expected);
    assert.deepEqual(warnings, warned, "each failure is told once, and nothing of what was printed");
  });
}
