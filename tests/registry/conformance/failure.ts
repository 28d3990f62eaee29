import assert from "node:assert/strict";
import { RegistryError, type RegistryErrorCode } from "../../../registry/registry_error.ts";

/** Asserts that work fails with one of `codes`. */
export async function failsWith(codes: RegistryErrorCode | RegistryErrorCode[], work: Promise<unknown>): Promise<void> {
  const expected = [codes].flat();
  const error = await work.then(
    () => assert.fail(`did not fail with ${expected}`),
    (caught) => caught,
  );
  assert.ok(error instanceof RegistryError, `${error} is no RegistryError`);
  assert.ok(expected.includes(error.code), `${error.code} (${error.message}) is none of ${expected}`);
}
