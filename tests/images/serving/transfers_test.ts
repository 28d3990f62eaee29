import assert from "node:assert/strict";
import { test } from "node:test";
import type { Digest } from "../../../registry/mod.ts";
import { Transfers } from "../../../src/images/serving/transfers.ts";
import { exchangeAs } from "./served_specimen.ts";

const digest: Digest = `sha256:${"a".repeat(64)}`;
const repository = "library/app";
const nameOf = ({ repository, namespace }: { repository: string; namespace?: string }) =>
  namespace === undefined ? repository : `${namespace}/${repository}`;

test("transfers are blobs that are pulled, pushed and filled, the oldest first, while they run", () => {
  const transfers = new Transfers(nameOf);
  const pull = exchangeAs({
    request: { kind: "blob_get", repository, digest, namespace: "docker.io" },
    ...{ sentBytes: 5, receivedBytes: 1, expectedBytes: 10, begunMs: 2000 },
  });
  const push = exchangeAs({
    request: { kind: "upload_append", repository, upload: "x" },
    ...{ sentBytes: 1, receivedBytes: 7, expectedBytes: undefined, begunMs: 1000 },
  });
  const others = [
    exchangeAs(),
    exchangeAs({ request: undefined }),
    exchangeAs({ request: { kind: "tags_list", repository } }),
  ];
  for (const exchange of [pull, push, ...others]) transfers.begun(exchange);
  const filling = { repository: "docker.io/library/app", digest, size: 100, receivedBytes: 40 };
  transfers.observer.onFilling?.(filling);
  assert.deepEqual(
    transfers
      .list()
      .map(({ kind, repository, movedBytes, expectedBytes, client }) => [
        ...[kind, repository, movedBytes, expectedBytes, client],
      ]),
    [
      ["push", "library/app", 7, undefined, "10.0.0.7"],
      ["pull", "docker.io/library/app", 5, 10, "10.0.0.7"],
      ["fill", "docker.io/library/app", 40, 100, undefined],
    ],
  );
  assert.deepEqual(transfers.count(), { pull: 1, push: 1, fill: 1 });
  transfers.observer.onFilled?.({ ...filling, outcome: "failed" });
  for (const exchange of [pull, push, ...others]) transfers.ended(exchange);
  assert.deepEqual(transfers.list(), []);
});
