import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { isOwnAddress } from "../../src/runtime/own_addresses.ts";

test("isOwnAddress() knows the addresses of this host's interfaces, and all of the loop-back", () => {
  const own = Object.values(networkInterfaces()).flatMap((interfaces) => interfaces ?? []);
  assert.ok(own.length > 0);
  for (const { address } of [...own, { address: "127.0.0.1" }, { address: "127.0.1.1" }]) {
    assert.equal(isOwnAddress(address), true, address);
  }
});

test("isOwnAddress() takes no other for its own", () => {
  // RFC 5737 and 3849 give these to documents.
  for (const address of ["192.0.2.1", "2001:db8::1", "agent.example", "localhost", "127.0.0.1.example", ""]) {
    assert.equal(isOwnAddress(address), false, address);
  }
});
