import assert from "node:assert/strict";
import { test } from "node:test";
import type { EngineErrorCode } from "../../../src/docker/engine_error.ts";
import { explainUnreachable, type SocketFile } from "../../../src/docker/http/unreachable.ts";

const socket: SocketFile = { kind: "socket", owner: "root", group: "docker", mode: "660" };
const absent: SocketFile = { kind: "absent" };
const other: SocketFile = { kind: "other" };
const user = "uid 1000 (alice)";

test("explainUnreachable() says what to mend, for each failure of the platform", () => {
  const cases: [
    errorCode: string,
    file: SocketFile | undefined,
    code: EngineErrorCode,
    found: string,
    retryable: boolean,
  ][] = [
    ["ENOENT", absent, "absent", "no such socket; is dockerd running?", true],
    // A daemon that starts has made its socket anew by the time that it is looked at.
    ["ENOENT", socket, "absent", "no such socket; is dockerd running?", true],
    ["ENOENT", undefined, "failed", "its text", false],
    // Bun says ECONNREFUSED where a part of the path is a file.
    ["ECONNREFUSED", absent, "absent", "no such socket; is dockerd running?", true],
    ["ECONNREFUSED", other, "absent", "the file is not a socket", false],
    ["ECONNREFUSED", socket, "absent", "nobody listens on the socket; is dockerd running?", true],
    ["ECONNREFUSED", undefined, "absent", "connection refused; does dockerd listen there?", true],
    ["ENOTFOUND", undefined, "absent", "the name of the host is not known", true],
    ["EAI_AGAIN", undefined, "absent", "the name of the host is not known", true],
    ["EHOSTUNREACH", undefined, "absent", "the host does not answer (EHOSTUNREACH)", true],
    [
      "EACCES",
      socket,
      "forbidden",
      "permission denied to uid 1000 (alice); the socket belongs to root:docker with mode 660, so membership in group docker is needed",
      false,
    ],
    ["EACCES", undefined, "forbidden", "permission denied to uid 1000 (alice)", false],
    ["HPE_INVALID_CONSTANT", socket, "unsupported", "something other than a Docker daemon answers (its text)", false],
    ["CERT_HAS_EXPIRED", undefined, "failed", "its text", false],
    ["", undefined, "failed", "its text", false],
  ];
  for (const [errorCode, file, code, found, retryable] of cases) {
    const explained = explainUnreachable(errorCode, { file, user, text: "its text" });
    assert.deepEqual(explained, { code, found, retryable }, `${errorCode} ${file?.kind}`);
  }
});
