import assert from "node:assert/strict";
import type { OutgoingHttpHeaders } from "node:http";
import type { DigestAlgorithm } from "../../../../registry/values/digest.ts";
import { randomBlob, type Specimen } from "../../conformance/specimens.ts";
import { ask, type RawAnswer } from "../raw_request.ts";

/** A client of the kind that the suites of OCI are: each request by hand, each status looked at. */
export class SuiteClient {
  readonly #host: string;

  constructor(host: string) {
    this.#host = host;
  }

  /** One request, whose answer has one of these statuses. `path` may be a Location. */
  async ask(
    expected: number | readonly number[],
    method: string,
    path: string,
    options: { headers?: OutgoingHttpHeaders; body?: Uint8Array } = {},
  ): Promise<RawAnswer> {
    const { pathname, search } = new URL(path, `http://${this.#host}`);
    const answer = await ask(this.#host, method, pathname + search, options);
    const found = `${method} ${pathname}${search} answered ${answer.status}: ${answer.body}`;
    assert.ok([expected].flat().includes(answer.status), found);
    if (method === "HEAD") assert.equal(answer.body.byteLength, 0, found);
    return answer;
  }

  /** Begins an upload; gives where it goes on. */
  async begin(repository: string, query = ""): Promise<string> {
    const { headers } = await this.ask(202, "POST", `/v2/${repository}/blobs/uploads/${query}`, noBody);
    return locationOf(headers);
  }

  /** Ends an upload, with the last bytes if there are any. */
  async close(
    expected: number,
    session: string,
    digest: string,
    body: Uint8Array = new Uint8Array(),
  ): Promise<RawAnswer> {
    return await this.ask(expected, "PUT", withDigest(session, digest), { body });
  }

  /** Sends bytes from `first` to `last`, by PATCH or with the digest of the whole by PUT. */
  async chunk(
    expected: number,
    session: string,
    { bytes, first, last, digest }: { bytes: Uint8Array; first: number; last: number; digest?: string },
  ): Promise<RawAnswer> {
    const body = bytes.subarray(first, last + 1);
    const headers = { "content-range": `${first}-${last}`, "content-type": "application/octet-stream" };
    const target = digest === undefined ? session : withDigest(session, digest);
    return await this.ask(expected, digest === undefined ? "PATCH" : "PUT", target, { body, headers });
  }

  async pushBlob(repository: string, { bytes, descriptor }: Specimen): Promise<void> {
    const { headers } = await this.close(201, await this.begin(repository), descriptor.digest, bytes);
    await this.assertAt(locationOf(headers), bytes);
  }

  async assertAt(path: string, bytes: Uint8Array): Promise<void> {
    const { body, headers } = await this.ask(200, "GET", path);
    assert.deepEqual(body, Buffer.from(bytes));
    assert.equal(headers["content-length"], String(bytes.byteLength));
  }

  /** What the suites do to every blob that they have pushed: look, read, delete, look. */
  async assertAndDelete(repository: string, { bytes, descriptor }: Specimen, answer: RawAnswer): Promise<void> {
    await this.assertAt(locationOf(answer.headers), bytes);
    const path = `/v2/${repository}/blobs/${descriptor.digest}`;
    const { headers } = await this.ask(200, "HEAD", path);
    assert.equal(headers["content-length"], String(bytes.byteLength));
    assert.equal(headers["docker-content-digest"], descriptor.digest);
    await this.assertAt(path, bytes);
    await this.ask(202, "DELETE", path);
    for (const method of ["HEAD", "GET"]) await this.ask(404, method, path);
  }
}

export const noBody = { body: new Uint8Array() };

/** Where an answer says that it goes on. */
export function locationOf(headers: RawAnswer["headers"]): string {
  assert.ok(headers.location, "it says no Location");
  return headers.location;
}

/** A Location may have a query of its own. */
export function withDigest(session: string, digest: string): string {
  return `${session}${session.includes("?") ? "&" : "?"}digest=${digest}`;
}

/** Content of three chunks of the suites, the last one short. */
export function threeChunks(algorithm: DigestAlgorithm): Specimen {
  return randomBlob(3067, algorithm);
}
