import type { RegistryAuth } from "../../docker/mod.ts";
import { failed, type HelperEnd, type HelperRun, runHelper } from "./helper_process.ts";

/** What every helper prints when it has nothing for a server (images contract C.2). */
const nothingFound = "credentials not found in native keychain";

/** Username of an answer whose secret is an identity token. */
const tokenUser = "<token>";

/** A helper, and the server that it is called about. */
export interface HelperRequest extends Omit<HelperRun, "verb" | "input"> {
  readonly serverAddress: string;
}

/**
 * Asks a credential helper for a server's credentials, undefined when it has none. Throws {@link CredentialsError} `helper`, and the
 * signal's reason.
 */
export async function askHelper(request: HelperRequest): Promise<RegistryAuth | undefined> {
  const { serverAddress } = request;
  const end = await runHelper({ ...request, verb: "get", input: serverAddress });
  if (end.status === 0) return readAnswer(end.answer, { name: end.name, serverAddress });
  if (hasNothing(end)) return undefined;
  throw refusal(end);
}

/** Has a helper keep a password. Throws {@link CredentialsError} `helper`. */
export async function storeInHelper(
  request: HelperRequest,
  { username, password }: { username: string; password: string },
): Promise<void> {
  const input = JSON.stringify({ ServerURL: request.serverAddress, Username: username, Secret: password });
  const end = await runHelper({ ...request, verb: "store", input });
  if (end.status !== 0) throw refusal(end);
}

/** Has a helper forget a server; false when it knew none. Throws {@link CredentialsError} `helper`. */
export async function eraseInHelper(request: HelperRequest): Promise<boolean> {
  if ((await askHelper(request)) === undefined) return false;
  const end = await runHelper({ ...request, verb: "erase", input: request.serverAddress });
  if (end.status !== 0 && !hasNothing(end)) throw refusal(end);
  return true;
}

function hasNothing({ status, answer }: HelperEnd): boolean {
  return status !== 0 && answer.trim() === nothingFound;
}

function refusal({ name, status }: HelperEnd & { name: string }) {
  return failed(name, `it ended with ${typeof status === "number" ? `status ${status}` : status}`);
}

function readAnswer(answer: string, context: { name: string; serverAddress: string }): RegistryAuth | undefined {
  const { name, serverAddress } = context;
  let document: unknown;
  try {
    document = JSON.parse(answer);
  } catch {
    throw failed(name, "its answer is not JSON");
  }
  const { Username: username, Secret: secret } = (document ?? {}) as Record<string, unknown>;
  if (typeof username !== "string" || typeof secret !== "string") {
    throw failed(name, `its answer has no "Username" and "Secret"`);
  }
  if (username === "" && secret === "") return undefined;
  if (username === tokenUser) return { kind: "identity", token: secret, serverAddress };
  return { kind: "password", username, password: secret, serverAddress };
}
