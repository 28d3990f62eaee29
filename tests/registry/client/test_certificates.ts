import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeCertificates } from "../../fakes/certificates.ts";
import { type Fixture, openFixture } from "../../fakes/own_runtime.ts";

/** Certificates of an authority of the test's own: what a server at 127.0.0.1 takes, and whom a client believes. */
export interface TestCertificates extends AsyncDisposable {
  readonly server: { readonly cert: string; readonly key: string };
  readonly ca: string[];
  readonly folder: Fixture;
}

/** Makes them, in a folder that is there as long as they are. */
export async function openCertificates(): Promise<TestCertificates> {
  const folder = await openFixture();
  makeCertificates(folder.path);
  const read = (name: string) => readFileSync(join(folder.path, name), "utf8");
  const server = { cert: read("server.pem"), key: read("server-key.pem") };
  return { server, ca: [read("ca.pem")], folder, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}
