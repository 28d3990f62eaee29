import assert from "node:assert/strict";
import { chmod, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { askHelper } from "../../src/images/credentials/helper.ts";
import { helperDeadlineMs } from "../../src/images/credentials/helper_process.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { type Fixture, openFixture } from "../fakes/own_runtime.ts";
import { inTime, settle } from "../fakes/waiting.ts";

const systemPath = "/usr/bin:/bin";

async function writeHelper(fixture: Fixture, script: string, name = "docker-credential-test"): Promise<void> {
  await chmod(await fixture.write(name, `#!/bin/sh\n${script}\n`), 0o755);
}

function requestFor(fixture: Fixture) {
  return {
    suffix: "test",
    serverAddress: "reg.example:5000",
    variables: { PATH: `${fixture.path}:${systemPath}` } as Record<string, string | undefined>,
    sandbox: join(fixture.path, "sandbox"),
    clock: systemClock,
  };
}

const answers: { title: string; script: string; auth: object | undefined }[] = [
  {
    title: "a user and a secret",
    script: `echo '{"ServerURL":"reg.example:5000","Username":"AWS","Secret":"token"}'`,
    auth: { kind: "password", username: "AWS", password: "token", serverAddress: "reg.example:5000" },
  },
  {
    title: "an identity token",
    script: `echo '{"Username":"<token>","Secret":"refresh"}'`,
    auth: { kind: "identity", token: "refresh", serverAddress: "reg.example:5000" },
  },
  { title: "no user and no secret", script: `echo '{"Username":"","Secret":""}'`, auth: undefined },
  {
    title: "that it has nothing",
    script: "echo 'credentials not found in native keychain'; exit 1",
    auth: undefined,
  },
  {
    title: "without reading what it is asked",
    script: `exec <&-; echo '{"Username":"me","Secret":"s"}'`,
    auth: { kind: "password", username: "me", password: "s", serverAddress: "reg.example:5000" },
  },
];

for (const { title, script, auth } of answers) {
  test(`askHelper() understands an answer: ${title}`, async () => {
    await using fixture = await openFixture();
    await writeHelper(fixture, script);
    assert.deepEqual(await askHelper(requestFor(fixture)), auth);
  });
}

test("askHelper() calls the verb get and names the server on stdin", async () => {
  await using fixture = await openFixture();
  await writeHelper(fixture, `read -r server; echo "{\\"Username\\":\\"$#:$1:$server\\",\\"Secret\\":\\"$PWD\\"}"`);
  assert.deepEqual(await askHelper(requestFor(fixture)), {
    kind: "password",
    username: "1:get:reg.example:5000",
    password: "/",
    serverAddress: "reg.example:5000",
  });
});

test("askHelper() gives the helper the variables without those of Mesos", async () => {
  await using fixture = await openFixture();
  await writeHelper(fixture, `env > '${fixture.path}/env'; echo '{"Username":"","Secret":""}'`);
  const request = requestFor(fixture);
  const variables = {
    ...request.variables,
    AWS_REGION: "eu",
    MESOS_EXECUTOR_AUTHENTICATION_TOKEN: "t",
    GONE: undefined,
  };
  await askHelper({ ...request, variables });
  const lines = (await readFile(join(fixture.path, "env"), "utf8")).split("\n");
  assert.ok(lines.includes("AWS_REGION=eu"));
  assert.deepEqual(
    lines.filter((line) => /^(MESOS_|GONE)/.test(line)),
    [],
  );
});

const failures: { title: string; script: string; found: string }[] = [
  { title: "fails", script: "echo secret; exit 3", found: "it ended with status 3" },
  { title: "is killed", script: "kill -9 $$", found: "it ended with SIGKILL" },
  { title: "answers with other text", script: "echo secret", found: "its answer is not JSON" },
  { title: "answers with null", script: "echo null", found: 'its answer has no "Username" and "Secret"' },
  {
    title: "answers without a secret",
    script: `echo '{"Username":"u"}'`,
    found: 'its answer has no "Username" and "Secret"',
  },
  {
    title: "answers without end",
    script: "exec yes secret",
    found: "its answer has more than 1048576 bytes",
  },
];

for (const { title, script, found } of failures) {
  test(`askHelper() tells of a helper that ${title} without what it printed (J 66)`, async () => {
    await using fixture = await openFixture();
    await writeHelper(fixture, script);
    await assert.rejects(askHelper(requestFor(fixture)), {
      name: "CredentialsError",
      code: "helper",
      message: `Cannot use "docker-credential-test": ${found}`,
    });
  });
}

for (const suffix of ["../../bin/sh", "a b", "", ".", "-x", "a/b"]) {
  test(`askHelper() runs nothing by the name "${suffix}"`, async () => {
    await using fixture = await openFixture();
    await assert.rejects(askHelper({ ...requestFor(fixture), suffix }), {
      code: "helper",
      message: "Cannot run a credential helper: its name is not a word",
    });
  });
}

test("askHelper() runs no program of the sandbox, of a relative folder or without the right to be run", async () => {
  await using fixture = await openFixture();
  await mkdir(join(fixture.path, "sandbox"));
  await writeHelper(fixture, "echo never", "sandbox/docker-credential-test");
  await fixture.write("docker-credential-test", "#!/bin/sh\n");
  const request = requestFor(fixture);
  const path = `${request.sandbox}:.::${fixture.path}:${systemPath}`;
  await assert.rejects(askHelper({ ...request, variables: { PATH: path } }), {
    message: 'Cannot use "docker-credential-test": it is not on the PATH',
  });
});

/** Waits for what other processes do. */
async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const poll = async () => {
    while (!(await holds())) await settle(10);
  };
  await inTime(poll(), "what other processes do");
}

/** A helper that hangs in a child of its own, whose process id it leaves behind. */
async function hang(fixture: Fixture): Promise<{ childIsGone: () => Promise<boolean> }> {
  await writeHelper(fixture, `sleep 600 & echo $! > '${fixture.path}/pid'; wait`);
  const childIsGone = async () => {
    const pid = (await readFile(join(fixture.path, "pid"), "utf8")).trim();
    // A zombie has ended: who collects it is not the helper's affair.
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ") Z");
    return stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
  };
  return { childIsGone };
}

test("askHelper() ends a helper that does not answer in time, with all that it started (J 66)", async () => {
  await using fixture = await openFixture();
  const { childIsGone } = await hang(fixture);
  const clock = new FakeClock();
  const asked = askHelper({ ...requestFor(fixture), clock });
  const refused = assert.rejects(asked, {
    message: 'Cannot use "docker-credential-test": it did not answer within 10 s',
  });
  await inTime(clock.scheduled(helperDeadlineMs), "the deadline");
  await eventually(async () => (await readFile(join(fixture.path, "pid"), "utf8").catch(() => "")).endsWith("\n"));
  clock.advance(helperDeadlineMs - 1);
  assert.equal(await childIsGone(), false);
  clock.advance(1);
  await inTime(refused, "the refusal");
  await eventually(childIsGone);
  assert.deepEqual(clock.delays, []);
});

test("askHelper() ends the helper when it is aborted", async () => {
  await using fixture = await openFixture();
  const { childIsGone } = await hang(fixture);
  const controller = new AbortController();
  const refused = assert.rejects(askHelper({ ...requestFor(fixture), signal: controller.signal }), /enough/);
  await eventually(async () => (await readFile(join(fixture.path, "pid"), "utf8").catch(() => "")).endsWith("\n"));
  controller.abort(new Error("enough"));
  await inTime(refused, "the refusal");
  await eventually(childIsGone);
});
