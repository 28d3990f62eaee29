import assert from "node:assert/strict";
import { test } from "node:test";
import { parseStanzas } from "./apt.ts";

const text = `Package: redis-tools
Version: 5:7.0.15-1~deb12u10
Pre-Depends: init-system-helpers (>= 1.54~)
Depends: adduser, libc6 (>= 2.34),
 libelogind0:any | libsystemd0, libssl3t64 (>= 3.0.0) [amd64], libc6 (>= 2.30)
Description: a key-value store: fast
 Depends: this is no field
 .
 More.
Filename: pool/r.deb

Package: only-installed
Status: install ok installed
Version: 1

Package: libstdc++6
Version: 12.2.0-14
Filename: pool/l.deb
`;

test("parseStanzas() reads names, versions and dependencies", () => {
  assert.deepEqual(parseStanzas(text), [
    {
      name: "redis-tools",
      version: "5:7.0.15-1~deb12u10",
      depends: ["init-system-helpers", "adduser", "libc6", "libelogind0", "libssl3t64"],
    },
    { name: "libstdc++6", version: "12.2.0-14", depends: [] },
  ]);
});

test("parseStanzas() finds nothing in nothing", () => {
  for (const nothing of ["", "\n\n", "N: Unable to locate package x\n"]) assert.deepEqual(parseStanzas(nothing), []);
});
