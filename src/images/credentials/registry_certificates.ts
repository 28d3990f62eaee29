import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { messageOf } from "../../notation/thrown.ts";
import { CredentialsError } from "./credentials_error.ts";

/** Where Docker and containers/image look for a registry's certificates (contract B.9); the first folder that is there counts. */
const usualFolders = ["/etc/containers/certs.d", "/etc/docker/certs.d"] as const;

/** What a connection to a registry is made with beside the system's own authorities; PEM texts. */
export interface RegistryCertificates {
  /** Authorities: the system's, and those of the folder. */
  readonly ca?: readonly string[];
  readonly cert?: string;
  readonly key?: string;
}

/**
 * Certificates for a registry, `host[:port]`, by the layout of Docker: each `*.crt` is an authority, `NAME.cert` and `NAME.key`
 * are a pair by which we are known. Throws {@link CredentialsError} for half a pair.
 */
export function findRegistryCertificates(
  host: string,
  folders: readonly string[] = usualFolders,
): RegistryCertificates {
  for (const folder of folders) {
    const path = join(folder, host);
    const names = list(path);
    if (names) return readFolder(path, names);
  }
  return {};
}

function readFolder(path: string, names: readonly string[]): RegistryCertificates {
  const read = (name: string) => readFileSync(join(path, name), "utf8");
  const authorities = names.filter((name) => name.endsWith(".crt")).map(read);
  const stems = (ending: string) =>
    names.filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length));
  const [certs, keys] = [stems(".cert"), stems(".key")];
  const lone = [...certs.filter((stem) => !keys.includes(stem)), ...keys.filter((stem) => !certs.includes(stem))];
  if (lone.length > 0) {
    const found = `"${lone[0]}" has a certificate or a key, expected both ("${lone[0]}.cert" and "${lone[0]}.key")`;
    throw new CredentialsError("unreadable", `Cannot use "${path}": ${found}`);
  }
  const [pair] = certs;
  return {
    ...(authorities.length > 0 ? { ca: [...rootCertificates, ...authorities] } : {}),
    ...(pair === undefined ? {} : { cert: read(`${pair}.cert`), key: read(`${pair}.key`) }),
  };
}

/** Names of a folder's files, sorted; undefined when it is not there. */
function list(path: string): string[] | undefined {
  try {
    return readdirSync(path).sort();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    const found = messageOf(error);
    throw new CredentialsError("unreadable", `Cannot read "${path}": ${found}`);
  }
}
