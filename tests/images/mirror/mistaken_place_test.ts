import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { RegistryError } from "../../../registry/mod.ts";
import { explainPlaces, findMistake, type PlacesTaken } from "../../../src/images/mirror/mistaken_place.ts";
import { parsePlace } from "../../../src/images/mirror/place_text.ts";

const [all, alone]: PlacesTaken[] = ["images anywhere", "repositories"];
const forCopy = "expected a repository of a registry; files and the daemon are for registry copy";
const found: readonly [text: string, taken: PlacesTaken | undefined, remark: string | undefined][] = [
  ["localhost:5000", all, '"localhost:5000" is a repository of docker.io; did you mean "localhost:5000/…"?'],
  ["redis", all, '"redis" was taken for docker.io/library/redis:latest'],
  ["team/app:1", alone, '"team/app:1" was taken for docker.io/team/app:1'],
  ["oci:L", alone, `"oci:L" was taken for docker.io/library/oci:L; ${forCopy}`],
  ["docs", all, '"docs" was taken for docker.io/library/docs:latest; did you mean "oci:docs"?'],
  ["package.json", alone, `"package.json" was taken for docker.io/library/package.json:latest; ${forCopy}`],
  ["docker.io/library/redis", all, undefined],
  ["http://a.lab:5000/b", all, undefined],
];
for (const [text, taken = "repositories", remark] of found) {
  test(`findMistake() of ${taken} says ${remark === undefined ? "nothing of" : "what was taken for what by"} ${text}`, async () => {
    assert.equal(await findMistake(text, taken), remark);
  });
}

test("explainPlaces() keeps what kind of failure it is, and says what a file was taken for", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mistaken-"));
  try {
    const path = join(folder, "x.tar");
    await writeFile(path, "");
    const meant = `did you mean "docker-archive:${path}" or "oci-archive:${path}"?`;
    let fault: unknown;
    try {
      parsePlace(path);
    } catch (error) {
      fault = await explainPlaces(error, [path, "a.lab/b"], "images anywhere");
    }
    assert.ok(fault instanceof Error);
    assert.equal(fault.name, "ReferenceSyntaxError");
    assert.ok(fault.message.endsWith(`; ${meant}`), fault.message);
    const failure = new RegistryError("UNAVAILABLE", "Cannot connect", { status: 504 });
    const explained = await explainPlaces(failure, ["redis", "a.lab/b"], "images anywhere");
    assert.ok(explained instanceof RegistryError);
    assert.deepEqual([explained.code, explained.status, explained.retryable], ["UNAVAILABLE", 504, true]);
    assert.equal(explained.message, 'Cannot connect; "redis" was taken for docker.io/library/redis:latest');
    assert.equal(await explainPlaces(failure, ["a.lab/b"], "images anywhere"), failure);
  } finally {
    await rm(folder, { recursive: true });
  }
});
