import type { CallOptions, ExpectedBlob } from "../registry.ts";
import { isRegistryError } from "../registry_error.ts";
import { algorithmOf } from "../values/digest.ts";
import { HttpUpload } from "./http_upload.ts";
import type { RegistryConnection } from "./registry_connection.ts";
import { type KeptSession, leastRememberedBytes, type UploadSessions } from "./upload_sessions.ts";

/** What is uploaded where. */
interface UploadPlace {
  readonly connection: RegistryConnection;
  readonly repository: string;
  readonly expected: ExpectedBlob;
  /** Where a large blob's session is remembered. */
  readonly sessions?: UploadSessions;
}

/** Opens the session of a blob: one that an earlier process has left, or a new one. */
export async function openUploadSession(place: UploadPlace, options: CallOptions): Promise<UploadSession> {
  const { sessions, repository, expected } = place;
  await using opened = new AsyncDisposableStack();
  const isLarge = (expected.size ?? 0) >= leastRememberedBytes;
  const kept = opened.use(isLarge ? await sessions?.open(repository, expected.digest) : undefined);
  const session = await UploadSession.open(place, kept, options);
  opened.move();
  return session;
}

/** The session that a blob is sent to, which may become another one on the way. */
export class UploadSession implements AsyncDisposable {
  readonly #place: UploadPlace;
  readonly #kept: KeptSession | undefined;
  #upload: HttpUpload;
  #noted: string | undefined;

  private constructor(place: UploadPlace, kept: KeptSession | undefined, upload: HttpUpload) {
    this.#place = place;
    this.#kept = kept;
    this.#upload = upload;
    this.#noted = kept?.found;
  }

  static async open(place: UploadPlace, kept: KeptSession | undefined, options: CallOptions): Promise<UploadSession> {
    const session = new UploadSession(
      place,
      kept,
      (await findUpload(place, kept, options)) ?? (await start(place, options)),
    );
    await session.#note();
    return session;
  }

  get upload(): HttpUpload {
    return this.#upload;
  }

  /** Finds out where the registry stands after a request whose end nobody knows. What it cannot go on with is begun again. */
  async goOn(options: CallOptions): Promise<void> {
    try {
      await this.#upload.refresh(options);
    } catch (error) {
      if (!isLost(error)) throw error;
      return await this.renew(options);
    }
    if (!hasBeginning(this.#upload, this.#place.expected)) return await this.renew(options);
    await this.#note();
  }

  /** Begins again with a session of its own: nobody knows what the other has. */
  async renew(options: CallOptions): Promise<void> {
    await cancel(this.#upload);
    this.#upload = await start(this.#place, options);
    await this.#note();
  }

  /** The session has become a blob. */
  async forget(): Promise<void> {
    await this.#kept?.forget();
  }

  /** Ends without a blob. A session that nobody remembers is of no use to anybody. */
  async leave(state: "to be gone on with" | "of no use"): Promise<void> {
    if (state === "to be gone on with" && this.#noted === this.#upload.id) return;
    await cancel(this.#upload);
    await this.forget();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kept?.[Symbol.asyncDispose]();
  }

  async #note(): Promise<void> {
    const { id, isAtRegistry } = this.#upload;
    if (this.#kept === undefined || id === this.#noted || !isAtRegistry) return;
    await this.#kept.note(id);
    this.#noted = id;
  }
}

/** The upload that an earlier process has left, when the registry still has it and tells how much it holds. */
async function findUpload(
  { connection, repository, expected }: UploadPlace,
  kept: KeptSession | undefined,
  options: CallOptions,
): Promise<HttpUpload | undefined> {
  if (kept?.found === undefined) return undefined;
  try {
    const upload = await HttpUpload.resume(connection, repository, kept.found, options);
    if (hasBeginning(upload, expected)) return upload;
    await cancel(upload);
  } catch (error) {
    if (!isLost(error)) throw error;
  }
  return undefined;
}

function start({ connection, repository, expected }: UploadPlace, options: CallOptions): Promise<HttpUpload> {
  return HttpUpload.start(connection, repository, { ...options, algorithm: algorithmOf(expected.digest) });
}

/** `0-0` and no Range at all may mean anything (contract B.6). */
function hasBeginning({ size }: HttpUpload, expected: ExpectedBlob): boolean {
  return size > 0 && size <= (expected.size ?? Number.POSITIVE_INFINITY);
}

/**
 * Whether a registry has no such session any more, or none that can be gone on with: `distribution` wants the place that it told last,
 * which is lost with the answer, and others may refuse or stumble over a session that was somebody else's. That it is away is something
 * else; whether it lets us in is told by the beginning of another session.
 */
function isLost(error: unknown): boolean {
  if (!isRegistryError(error)) return false;
  return error.status === 500 || !isRegistryError(error, "UNAVAILABLE", "TOOMANYREQUESTS");
}

/** Registries collect by themselves what cannot be cancelled. */
async function cancel(upload: HttpUpload): Promise<void> {
  await upload.cancel().catch(() => undefined);
}
