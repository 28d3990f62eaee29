// What the configuration says of registries. One section of it; see config_schema.ts.
import * as v from "valibot";
import type { TagPolicy } from "../../../registry/mod.ts";
import { findHostFault } from "../../../registry/values/reference.ts";
import { parseDuration } from "../../notation/duration.ts";
import {
  absolutePath,
  beside,
  count,
  duration,
  expression,
  mapping,
  mappingOf,
  readable,
  said,
  size,
  text,
} from "../../notation/fields.ts";
import { isPath, parseRegistryKey, registryKeyText } from "./registry_key.ts";

const addressText = "a host such as cache.lab:5000 or http://cache.lab:5000, without a path";

/** `[http[s]://]host[:port]`. */
function splitAddress(written: string): { host: string; scheme?: "http" | "https" } {
  const [, scheme, host = ""] = /^(?:(https?):\/\/)?([^/]+)\/?$/.exec(written) ?? [];
  return { host, ...(scheme === undefined ? {} : { scheme: scheme as "http" | "https" }) };
}

const address = v.pipe(
  readable(addressText, (written) => {
    const { host } = splitAddress(written);
    return host !== "" && findHostFault(host) === undefined;
  }),
  v.transform(splitAddress),
);

const capabilitiesText = "a list of tags and blobs";

const mirrorFields = mapping({
  address: v.pipe(address, v.description("Where it answers: [http://]HOST[:PORT]")),
  prefix: said(
    readable("the first parts of a repository's name, or nothing", isPath),
    "What stands in place of the path of this entry in names of repositories, e.g. hub: library/redis is hub/library/redis there",
  ),
  capabilities: said(
    v.pipe(v.array(v.picklist(["tags", "blobs"], "tags or blobs"), capabilitiesText), v.minLength(1, capabilitiesText)),
    "tags: it is asked what a tag points at; blobs: it is asked for content by digest. Both unless given",
  ),
  namespace: said(v.boolean("true or false"), "Whether the registry that is meant is told it as ?ns=HOST"),
});

type MirrorFields = v.InferOutput<typeof mirrorFields>;

const mirrorText = "a host, or a mapping with its address";
const mirror = v.union(
  [
    v.pipe(
      address,
      v.transform((at): MirrorFields => ({ address: at })),
    ),
    mirrorFields,
  ],
  mirrorText,
);

const tagPolicyText = "fresh, pinned, or for how long such as 10mins";
const tagPolicy = v.pipe(
  readable(tagPolicyText, (written) => ["fresh", "pinned"].includes(written) || parseDuration(written) > 0),
  v.transform(
    (written): TagPolicy =>
      written === "fresh" || written === "pinned"
        ? { kind: written }
        : { kind: "cached", maximumAgeMs: parseDuration(written) },
  ),
);

const tagRule = mapping({
  matching: said(expression, "Tags that match this regular expression; all unless given"),
  policy: tagPolicy,
});
type TagRule = v.InferOutput<typeof tagRule>;

const tagRules = v.array(tagRule, "a list of rules");
const tags = v.union(
  [
    v.pipe(
      tagPolicy,
      v.transform((policy): TagRule[] => [{ policy }]),
    ),
    tagRules,
  ],
  `${tagPolicyText}, or a list of rules`,
);

const tls = v.pipe(
  mapping({
    ca: said(absolutePath, "File of authorities that are believed beside the system's, in PEM"),
    cert: said(absolutePath, "File of the certificate by which we are known, in PEM"),
    key: said(absolutePath, "File of its private key, in PEM"),
    insecure: said(v.boolean("true or false"), "Whether a certificate of an unknown authority will do"),
    off: said(v.boolean("true or false"), "Whether it is talked to without TLS"),
  }),
  v.forward(
    v.check(({ cert, key }) => cert === undefined || key !== undefined, "a file beside tls.cert"),
    ["key"],
  ),
  v.forward(
    v.check(({ cert, key }) => key === undefined || cert !== undefined, "a file beside tls.key"),
    ["cert"],
  ),
);

const credentialsText = "none, or a mapping with username and passwordFile, or with helper";
const credentialFields = v.pipe(
  mapping({
    username: said(text, "Name of the account"),
    passwordFile: said(absolutePath, "File whose first line is its password or token"),
    password: said(text, "The password itself; better in a file of its own"),
    helper: said(
      readable("the NAME of a program docker-credential-NAME", (name) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)),
      "Credential helper that is asked: NAME of docker-credential-NAME",
    ),
  }),
  v.check(
    ({ username, passwordFile, password, helper }) =>
      helper === undefined
        ? username !== undefined && (passwordFile === undefined) !== (password === undefined)
        : username === undefined && passwordFile === undefined && password === undefined,
    credentialsText,
  ),
);
const credentials = v.union([v.literal("none"), credentialFields], credentialsText);

const denyText = "a text that says why, or false";

const registry = mapping({
  mirrors: said(v.array(mirror, "a list of mirrors"), "Asked before the registry itself, in this order"),
  upstream: said(
    v.picklist(["used", "never"], "used or never"),
    "never: the registry itself is never asked, only its mirrors",
  ),
  deny: said(
    v.union([v.literal(false), text], denyText),
    "Images of it may not be had; the text is told to who asks. false: they may, whatever a more general entry says",
  ),
  tags: said(tags, "How long what a tag points at is believed: fresh, pinned, a duration, or rules by the tag"),
  tls: said(tls, "How it is known, and how we are"),
  credentials: said(credentials, "Who we are to it; Docker's own credentials unless given"),
  limits: said(
    mapping({
      concurrency: said(count, "Requests at once"),
      bandwidth: said(size, "Bytes a second that are read of it, e.g. 20m"),
    }),
    "What is not done beyond",
  ),
  timeouts: said(
    mapping({
      connect: said(duration, "For a connection, with TLS and the way through a proxy"),
      headers: said(duration, "From the end of a request to the beginning of its answer"),
      idle: said(duration, "Between two pieces of an answer"),
      rate: said(
        size,
        "Fewest bytes of a blob a second, over ten seconds: a slower answer is given up for another source",
      ),
    }),
    "How long it may take",
  ),
});

/** Registries, by host or by the beginning of names. */
export const registriesSchema = beside(
  mappingOf(
    readable(registryKeyText, (key) => parseRegistryKey(key) !== undefined),
    registry,
  ),
  ({ "*": everywhere }) => {
    const { credentials } = (everywhere ?? {}) as { credentials?: unknown };
    if (credentials === undefined || credentials === "none") return [];
    return [{ path: ["*", "credentials"], expected: "none: every registry would be shown others" }];
  },
);

/** What one entry says. */
export type RegistryEntry = v.InferOutput<typeof registry>;

/** One of its mirrors. */
export type MirrorEntry = NonNullable<RegistryEntry["mirrors"]>[number];

/** Who we are to a registry. */
export type CredentialsEntry = NonNullable<RegistryEntry["credentials"]>;
