// Why the daemon could not be talked to, from the codes of the platform: people must be able to mend it from the text.
import { readFile, stat } from "node:fs/promises";
import process from "node:process";
import { messageOf } from "../../notation/thrown.ts";
import { type EngineAddress, formatEngineAddress } from "../engine_address.ts";
import { EngineError, type EngineErrorCode } from "../engine_error.ts";
import { type CallSubject, cannot } from "./call_guard.ts";

/** What is known of a socket's file. */
export type SocketFile =
  | { readonly kind: "absent" }
  | { readonly kind: "other" }
  | { readonly kind: "socket"; readonly owner: string; readonly group: string; readonly mode: string };

/** Why the daemon cannot be reached, and what the error says about it. */
export interface Unreachable {
  readonly code: EngineErrorCode;
  readonly found: string;
  readonly retryable: boolean;
}

/** The error for a call that failed before it was answered. */
export async function toUnreachableError(
  address: EngineAddress,
  call: CallSubject,
  cause: unknown,
): Promise<EngineError> {
  const errorCode = errorCodeOf(cause);
  if (errorCode === "ECONNRESET" || errorCode === "EPIPE") {
    // The only failure after which the call may have been carried out, so it is named.
    const message = `${cannot(call)}: the Docker daemon closed the connection before it answered`;
    return new EngineError("failed", message, { cause, retryable: true });
  }
  const file = address.kind === "unix" ? await readSocketFile(address.path) : undefined;
  const { code, found, retryable } = explainUnreachable(errorCode, {
    file,
    user: await currentUser(),
    text: messageOf(cause),
  });
  const message = `Cannot reach the Docker daemon at "${formatEngineAddress(address)}": ${found}`;
  return new EngineError(code, message, { cause, retryable });
}

/** Puts a failure of the platform into words; `file` is there for UNIX sockets. */
export function explainUnreachable(
  errorCode: string,
  facts: { file: SocketFile | undefined; user: string; text: string },
): Unreachable {
  const { file, user, text } = facts;
  const absent = (found: string): Unreachable => ({ code: "absent", found, retryable: true });
  if (errorCode.startsWith("HPE_")) {
    return { code: "unsupported", found: `something other than a Docker daemon answers (${text})`, retryable: false };
  }
  if (errorCode === "EACCES" || errorCode === "EPERM") return forbidden(file, user);
  // A daemon that starts may have made its socket anew since.
  const wasAbsent = file !== undefined && errorCode === "ENOENT";
  if (file?.kind === "absent" || wasAbsent) return absent("no such socket; is dockerd running?");
  if (file?.kind === "other") return { code: "absent", found: "the file is not a socket", retryable: false };
  if (file !== undefined && errorCode === "ECONNREFUSED") {
    return absent("nobody listens on the socket; is dockerd running?");
  }
  switch (errorCode) {
    case "ECONNREFUSED":
      return absent("connection refused; does dockerd listen there?");
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return absent("the name of the host is not known");
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "ETIMEDOUT":
      return absent(`the host does not answer (${errorCode})`);
    default:
      return { code: "failed", found: text, retryable: false };
  }
}

function forbidden(file: SocketFile | undefined, user: string): Unreachable {
  const owned =
    file?.kind === "socket" ? `; the socket belongs to ${file.owner}:${file.group} with mode ${file.mode}` : "";
  const help = file?.kind === "socket" ? `, so membership in group ${file.group} is needed` : "";
  return { code: "forbidden", found: `permission denied to ${user}${owned}${help}`, retryable: false };
}

function errorCodeOf(cause: unknown): string {
  if (!(cause instanceof Error) || !("code" in cause)) return "";
  return typeof cause.code === "string" ? cause.code : "";
}

/** Looked at only after a failure, since not every runtime tells a missing file from a refused connection. */
async function readSocketFile(path: string): Promise<SocketFile | undefined> {
  try {
    const file = await stat(path);
    if (!file.isSocket()) return { kind: "other" };
    const [owner, group] = await Promise.all([nameOf("/etc/passwd", file.uid), nameOf("/etc/group", file.gid)]);
    return { kind: "socket", owner, group, mode: (file.mode & 0o777).toString(8) };
  } catch (cause) {
    const code = errorCodeOf(cause);
    // Where the folder may not be searched nothing is known of the file.
    return code === "ENOENT" || code === "ENOTDIR" ? { kind: "absent" } : undefined;
  }
}

/** Name beside a number in a file of the form `name:x:number:…`; the number itself where there is none. */
async function nameOf(path: string, id: number): Promise<string> {
  try {
    const lines = (await readFile(path, "utf8")).split("\n").map((line) => line.split(":"));
    return lines.find((fields) => fields[2] === String(id))?.[0] ?? String(id);
  } catch {
    // A host without such a file still has numbers.
    return String(id);
  }
}

async function currentUser(): Promise<string> {
  const uid = process.geteuid?.() ?? -1;
  const name = await nameOf("/etc/passwd", uid);
  return name === String(uid) ? `uid ${uid}` : `uid ${uid} (${name})`;
}
