import assert from "node:assert/strict";
import type { DigestAlgorithm } from "../../../../registry/values/digest.ts";
import { blobOf, randomBlob } from "../../conformance/specimens.ts";
import { locationOf, noBody, type SuiteClient, threeChunks, withDigest } from "./suite_client.ts";

/** A row of contract I.2 or I.3: what is asked of a server, in a repository of its own. */
export type Rows = Readonly<Record<string, (client: SuiteClient, repository: string) => Promise<void>>>;

/** Rows of the blob tests, for one algorithm. */
export function blobRows(algorithm: DigestAlgorithm): Rows {
  const rows: Rows = {
    "get missing": async (client, repository) => {
      const path = `/v2/${repository}/blobs/${randomBlob(9, algorithm).descriptor.digest}`;
      for (const method of ["HEAD", "GET"]) await client.ask(404, method, path);
    },
    "post only": async (client, repository) => {
      const blob = randomBlob(2000, algorithm);
      const path = `/v2/${repository}/blobs/uploads/?digest=${blob.descriptor.digest}`;
      const answer = await client.ask(201, "POST", path, { body: blob.bytes });
      await client.assertAndDelete(repository, blob, answer);
    },
    "post and put, with and without the algorithm said before": async (client, repository) => {
      for (const query of ["", `?digest-algorithm=${algorithm}`]) {
        const blob = randomBlob(2000, algorithm);
        const session = await client.begin(repository, query);
        const answer = await client.close(201, session, blob.descriptor.digest, blob.bytes);
        await client.assertAndDelete(repository, blob, answer);
      }
    },
    "one chunk": async (client, repository) => {
      const blob = randomBlob(512, algorithm);
      const session = await client.begin(repository);
      const { headers } = await client.chunk(202, session, { bytes: blob.bytes, first: 0, last: 511 });
      assert.equal(headers.range, "0-511");
      await client.assertAndDelete(
        repository,
        blob,
        await client.close(201, locationOf(headers), blob.descriptor.digest),
      );
    },
    "three chunks": async (client, repository) => {
      const { bytes, descriptor } = threeChunks(algorithm);
      let session = await client.begin(repository);
      for (const [first, last] of [
        [0, 1023],
        [1024, 2047],
        [2048, 3066],
      ] as const) {
        const { headers } = await client.chunk(202, session, { bytes, first, last });
        assert.equal(headers.range, `0-${last}`);
        session = locationOf(headers);
      }
      const answer = await client.close(201, session, descriptor.digest);
      await client.assertAndDelete(repository, { bytes, descriptor }, answer);
    },
    "chunks, the last in the put": async (client, repository) => {
      const { bytes, descriptor } = threeChunks(algorithm);
      let session = await client.begin(repository);
      for (const [first, last] of [
        [0, 1023],
        [1024, 2047],
      ] as const) {
        session = locationOf((await client.chunk(202, session, { bytes, first, last })).headers);
      }
      const { digest } = descriptor;
      const answer = await client.chunk(201, session, { bytes, first: 2048, last: 3066, digest });
      await client.assertAndDelete(repository, { bytes, descriptor }, answer);
    },
    "a stream": async (client, repository) => {
      const blob = threeChunks(algorithm);
      const session = await client.begin(repository);
      const streamed = { body: blob.bytes, headers: { "transfer-encoding": "chunked" } };
      const { headers } = await client.ask(202, "PATCH", session, streamed);
      assert.equal(headers.range, "0-3066");
      const answer = await client.close(201, locationOf(headers), blob.descriptor.digest);
      await client.assertAndDelete(repository, blob, answer);
    },
    "mount, anonymous mount, and mount of what is missing": async (client, repository) => {
      const blob = randomBlob(2000, algorithm);
      const { digest } = blob.descriptor;
      const from = `${repository}-source`;
      await client.pushBlob(from, blob);
      for (const query of [`?mount=${digest}&from=${from}`, `?mount=${digest}`]) {
        const answer = await client.ask(201, "POST", `/v2/${repository}/blobs/uploads/${query}`, noBody);
        assert.ok(locationOf(answer.headers).endsWith(`/v2/${repository}/blobs/${digest}`));
        await client.assertAndDelete(repository, blob, answer);
      }
      const other = randomBlob(2000, algorithm);
      const session = await client.begin(repository, `?mount=${other.descriptor.digest}&from=${from}`);
      const answer = await client.close(201, session, other.descriptor.digest, other.bytes);
      await client.assertAndDelete(repository, other, answer);
    },
    cancel: async (client, repository) => {
      const { bytes, descriptor } = randomBlob(2000, algorithm);
      const session = await client.begin(repository);
      await client.chunk(202, session, { bytes, first: 0, last: 1999 });
      await client.ask(204, "DELETE", session);
      await client.ask(404, "GET", session);
      await client.ask(404, "GET", `/v2/${repository}/blobs/${descriptor.digest}`);
    },
    "an empty blob and one of two bytes": async (client, repository) => {
      for (const bytes of [new Uint8Array(), Buffer.from("{}")]) {
        const blob = blobOf(bytes, algorithm);
        const answer = await client.close(201, await client.begin(repository), blob.descriptor.digest, bytes);
        await client.assertAndDelete(repository, blob, answer);
      }
    },
  };
  return { ...rows, ...disorderRows(algorithm), ...badDigestRows(algorithm) };
}

/** After each 416 the session says where it is, and takes the right chunk. */
function disorderRows(algorithm: DigestAlgorithm): Rows {
  const disorder = (last: "in a patch" | "in the put") => async (client: SuiteClient, repository: string) => {
    const { bytes, descriptor } = threeChunks(algorithm);
    const { digest } = descriptor;
    let session = await client.begin(repository);
    const refuse = async (first: number, lastByte: number, range: string | undefined) => {
      const isPut = last === "in the put" && lastByte === 3066;
      const wrong = { bytes, first, last: lastByte, ...(isPut && { digest }) };
      const { headers } = await client.chunk(416, session, wrong);
      session = locationOf(headers);
      const status = await client.ask(204, "GET", isPut ? withDigest(session, digest) : session);
      assert.match(status.headers.range ?? "", range === undefined ? /^0-/ : new RegExp(`^${range}$`));
      session = locationOf(status.headers);
    };
    const take = async (first: number, lastByte: number) => {
      session = locationOf((await client.chunk(202, session, { bytes, first, last: lastByte })).headers);
    };
    await refuse(1024, 2047, undefined);
    await take(0, 1023);
    await refuse(0, 1023, "0-1023");
    await refuse(2048, 3066, "0-1023");
    await take(1024, 2047);
    await refuse(0, 1023, "0-2047");
    if (last === "in a patch") await take(2048, 3066);
    const answer =
      last === "in a patch"
        ? await client.close(201, session, digest)
        : await client.chunk(201, session, { bytes, first: 2048, last: 3066, digest });
    await client.assertAndDelete(repository, { bytes, descriptor }, answer);
  };
  return {
    "chunks out of order": disorder("in a patch"),
    "chunks out of order, the last in the put": disorder("in the put"),
  };
}

function badDigestRows(algorithm: DigestAlgorithm): Rows {
  const { digest: wrong } = randomBlob(5, algorithm).descriptor;
  const ends: Readonly<
    Record<string, (client: SuiteClient, repository: string, bytes: Uint8Array) => Promise<unknown>>
  > = {
    "post only": (client, repository, bytes) =>
      client.ask(400, "POST", `/v2/${repository}/blobs/uploads/?digest=${wrong}`, { body: bytes }),
    "post and put": async (client, repository, bytes) =>
      await client.close(400, await client.begin(repository), wrong, bytes),
    chunks: async (client, repository, bytes) => {
      const { headers } = await client.chunk(202, await client.begin(repository), { bytes, first: 0, last: 3066 });
      await client.close(400, locationOf(headers), wrong);
    },
    "a chunk in the put": async (client, repository, bytes) => {
      const { headers } = await client.chunk(202, await client.begin(repository), { bytes, first: 0, last: 2047 });
      await client.chunk(400, locationOf(headers), { bytes, first: 2048, last: 3066, digest: wrong });
    },
    "a stream": async (client, repository, bytes) => {
      const streamed = { body: bytes, headers: { "transfer-encoding": "chunked" } };
      const { headers } = await client.ask(202, "PATCH", await client.begin(repository), streamed);
      await client.close(400, locationOf(headers), wrong);
    },
  };
  const rows = Object.entries(ends).map(([name, end]) => {
    const row = async (client: SuiteClient, repository: string) => {
      const { bytes, descriptor } = threeChunks(algorithm);
      await end(client, repository, bytes);
      for (const digest of [wrong, descriptor.digest])
        await client.ask(404, "HEAD", `/v2/${repository}/blobs/${digest}`);
    };
    return [`bad digest: ${name}`, row] as const;
  });
  return Object.fromEntries(rows);
}

/** Rows of parts of a blob; the same whatever the digest's algorithm. */
export const rangeRows: Rows = {
  ranges: async (client, repository) => {
    const blob = threeChunks("sha256");
    await client.pushBlob(repository, blob);
    const path = `/v2/${repository}/blobs/${blob.descriptor.digest}`;
    for (const [range, first, last] of [
      ["500-1499", 500, 1499],
      ["500-", 500, 3066],
      ["-500", 2567, 3066],
      ["2000-5000", 2000, 3066],
    ] as const) {
      const { headers, body } = await client.ask(206, "GET", path, { headers: { range: `bytes=${range}` } });
      assert.equal(headers["content-range"], `bytes ${first}-${last}/3067`);
      assert.deepEqual(body, Buffer.from(blob.bytes.subarray(first, last + 1)));
    }
    for (const range of ["500-0", "5000-10000"]) {
      await client.ask(416, "GET", path, { headers: { range: `bytes=${range}` } });
    }
  },
};
