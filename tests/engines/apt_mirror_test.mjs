import assert from "node:assert/strict";
import { test } from "node:test";
import { findMirror } from "./apt_mirror.mjs";

const newer = `# a comment
Types: deb-src
URIs: http://sources.example/debian
Suites: bookworm
Components: main

Types: deb deb-src
# http://snapshot.example/archive
URIs: http://mirror.example/debian/ http://second.example/debian
Suites: bookworm
 bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/some.gpg
`;

const older = `deb http://security.example/debian-security bookworm-security main
#deb http://off.example/debian bookworm main
deb [arch=amd64 signed-by=/keys/a.gpg] http://mirror.example/debian bookworm contrib main # ours
deb-src http://sources.example/debian bookworm main
`;

test("findMirror() reads both forms of sources", () => {
  assert.deepEqual(findMirror([{ file: "/x/debian.sources", text: newer }], "bookworm"), {
    uri: "http://mirror.example/debian",
    signedBy: "/usr/share/keyrings/some.gpg",
  });
  assert.deepEqual(findMirror([{ file: "/x/sources.list", text: older }], "bookworm"), {
    uri: "http://mirror.example/debian",
    signedBy: "/keys/a.gpg",
  });
  const plain = { file: "/x/sources.list", text: "deb http://m.example/debian bookworm main" };
  assert.deepEqual(findMirror([plain], "bookworm"), { uri: "http://m.example/debian", signedBy: undefined });
});

test("findMirror() leaves out other suites, other components, sources alone and what is off", () => {
  const files = [
    { file: "/x/sources.list", text: older },
    { file: "/x/debian.sources", text: newer },
  ];
  assert.equal(findMirror(files, "trixie"), undefined);
  assert.equal(
    findMirror(
      [{ file: "/x/debian.sources", text: newer.replace(/Types: deb /, "Enabled: no\nTypes: deb ") }],
      "bookworm",
    ),
    undefined,
  );
  assert.equal(
    findMirror([{ file: "/x/a.list", text: "deb http://m.example/debian bookworm contrib" }], "bookworm"),
    undefined,
  );
  assert.equal(
    findMirror([{ file: "/x/a.list", text: "deb-src http://m.example/debian bookworm main" }], "bookworm"),
    undefined,
  );
});
