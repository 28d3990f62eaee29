import { parseChallenges } from "../../registry/client/challenge.ts";
import { findNextLink } from "../../registry/client/link.ts";
import { parseRetryAfter } from "../../registry/client/retry_after.ts";
import {
  childrenOf,
  formatReference,
  parseManifest,
  parsePlatform,
  parseReference,
  parseScope,
  ReferenceSyntaxError,
  RegistryError,
} from "../../registry/mod.ts";
import { parseRequest } from "../../registry/requests/parse_request.ts";
import { parseContentRange, parseRangeHeader } from "../../registry/values/byte_range.ts";
import { mediaTypes } from "../../registry/values/media_type.ts";
import { TaskError } from "../../src/executor/task/task_error.ts";
import { splitWords } from "../../src/executor/translation/carriers/words.ts";
import { MirrorFileError, parseMirrorFile } from "../../src/images/mirror/mirror_file.ts";
import { parseDuration } from "../../src/notation/duration.ts";
import { answerTarget } from "./answer_target.ts";
import { archiveTarget } from "./archive_target.ts";
import type { FuzzTarget } from "./fuzz_target.ts";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
const manifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: mediaTypes.ociManifest,
  config: { mediaType: mediaTypes.ociConfig, digest, size: 2 },
  layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest, size: 3, annotations: { a: "b" } }],
  subject: { mediaType: mediaTypes.ociManifest, digest, size: 4 },
});
const index = JSON.stringify({
  schemaVersion: 2,
  mediaType: mediaTypes.ociIndex,
  manifests: [
    {
      mediaType: mediaTypes.ociManifest,
      digest,
      size: 9,
      platform: { os: "linux", architecture: "arm", variant: "v7" },
    },
  ],
});

/** Reads a text, and a reference that was read must be read alike when it is written. */
function readReference(text: string): void {
  const written = formatReference(parseReference(text));
  if (formatReference(parseReference(written)) !== written)
    throw new Error(`"${written}" is not read as it is written`);
}

/** Everything that strangers' bytes go through. */
export const targets: readonly FuzzTarget[] = [
  archiveTarget,
  answerTarget,
  {
    name: "references",
    seeds: [
      "busybox",
      "docker.io/library/redis:7",
      `localhost:5000/a/b@${digest}`,
      "[::1]:5000/a_b/c--d:v1.0",
      "a.b:80/x:y",
    ],
    parse: readReference,
    errors: [ReferenceSyntaxError],
  },
  {
    name: "manifests",
    seeds: [manifest, index],
    parse: (text) => void childrenOf(parseManifest(new TextEncoder().encode(text), mediaTypes.ociManifest)),
    errors: [RegistryError],
  },
  {
    name: "requests",
    seeds: [
      `/v2/a/b/blobs/${digest}`,
      "/v2/a/manifests/v1?ns=docker.io",
      "/v2/a/tags/list?n=10&last=b",
      "/v2/a/blobs/uploads/?mount=x&from=y",
    ],
    parse: (text) => void parseRequest("GET", text),
    errors: [RegistryError],
  },
  {
    name: "ranges",
    seeds: ["bytes 0-9/10", "bytes 5-/*", "bytes=0-9", "bytes=-5", "bytes=7-"],
    parse: (text) => {
      parseContentRange(text);
      parseRangeHeader(text);
    },
    errors: [],
  },
  {
    name: "links",
    seeds: ['</v2/a/tags/list?n=2&last=b>; rel="next"', "<a>; rel=next, <b>; rel=prev"],
    parse: (text) => void findNextLink(text),
    errors: [],
  },
  {
    name: "challenges",
    seeds: [
      'Bearer realm="https://a/token",service="b",scope="repository:c:pull"',
      'Basic realm="x\\"y"',
      "Negotiate abc==, Digest a=b",
    ],
    parse: (text) => void parseChallenges(text),
    errors: [],
  },
  {
    name: "pauses",
    seeds: ["120", "Wed, 21 Oct 2026 07:28:00 GMT"],
    parse: (text) => void parseRetryAfter(text, 0),
    errors: [],
  },
  {
    name: "scopes",
    seeds: ["repository:a/b:pull,push", "registry:catalog:*"],
    parse: (text) => void parseScope(text),
    errors: [SyntaxError],
  },
  {
    name: "platforms",
    seeds: ["linux/amd64", "linux/arm/v7"],
    parse: (text) => void parsePlatform(text),
    errors: [SyntaxError],
  },
  {
    name: "mirror files",
    seeds: ["repositories:\n  - source: a/b\n    targets: [c/d]\n    tags: { semver: '>=1', newest: 3 }\n"],
    parse: (text) => void parseMirrorFile(text, "fuzz"),
    errors: [MirrorFileError],
  },
  {
    name: "durations",
    seeds: ["1.5mins", "500ms", "2secs"],
    parse: (text) => void parseDuration(text),
    errors: [SyntaxError, RangeError],
  },
  {
    name: "command lines",
    seeds: ["redis-server --port 7000", "sh -c 'echo \"a b\" \\c'"],
    parse: (text) => void splitWords(text),
    errors: [TaskError, SyntaxError],
  },
];
