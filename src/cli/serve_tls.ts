import { readFile } from "node:fs/promises";
import { assertPair } from "../../registry/server/open_registry_server.ts";
import { messageOf } from "../notation/thrown.ts";
import { UsageError } from "./usage_error.ts";

/** Flags of `registry serve` about TLS. */
export interface TlsFlags {
  tlsCert?: string;
  tlsKey?: string;
}

/** A certificate and its key that a server can be opened with; undefined for plain HTTP. Throws {@link UsageError}. */
export async function readTls({ tlsCert, tlsKey }: TlsFlags): Promise<{ cert: string; key: string } | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new UsageError('Cannot serve a registry over TLS: expected both "--tls-cert" and "--tls-key"');
  }
  const tls = {
    cert: await readFlagFile("--tls-cert", tlsCert, {
      what: "certificate",
      begins: /-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/,
    }),
    key: await readFlagFile("--tls-key", tlsKey, { what: "private key", begins: /-----BEGIN [A-Z ]*PRIVATE KEY-----/ }),
  };
  try {
    assertPair(tls);
  } catch (cause) {
    const found = messageOf(cause);
    throw new UsageError(`Cannot serve with "--tls-cert ${tlsCert}" and "--tls-key ${tlsKey}": ${found}`, { cause });
  }
  return tls;
}

async function readFlagFile(
  flag: string,
  path: string,
  { what, begins }: { readonly what: string; readonly begins: RegExp },
): Promise<string> {
  const refuse = (found: string, cause?: unknown) =>
    new UsageError(`Cannot use "${flag} ${path}": ${found}`, { cause });
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw refuse(messageOf(cause), cause);
  });
  if (begins.test(text)) return text;
  throw refuse(`found no ${what} in PEM`);
}
