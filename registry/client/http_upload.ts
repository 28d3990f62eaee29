import { Buffer } from "node:buffer";
import { signalOf } from "../call.ts";
import type { CallOptions, Upload } from "../registry.ts";
import { RegistryError } from "../registry_error.ts";
import { parseUploadRange } from "../values/byte_range.ts";
import type { Descriptor } from "../values/descriptor.ts";
import type { Digest, DigestAlgorithm } from "../values/digest.ts";
import type { HttpBody, HttpResponse } from "./http/transport.ts";
import type { RegistryConnection } from "./registry_connection.ts";

/**
 * An upload session of a remote registry. Each answer brings a new place for the next request, and how much the registry
 * has, which is believed over our own count (contract B.6).
 */
export class HttpUpload implements Upload {
  readonly #connection: RegistryConnection;
  readonly #repository: string;
  #location: URL;
  #size = 0;
  #minimumChunkBytes: number | undefined;
  #state: "open" | "ended" = "open";

  constructor(connection: RegistryConnection, repository: string, answer: HttpResponse) {
    this.#connection = connection;
    this.#repository = repository;
    this.#location = locationOf(answer);
    this.#follow(answer);
  }

  /** A new upload. */
  static async start(
    connection: RegistryConnection,
    repository: string,
    options: CallOptions & { algorithm?: DigestAlgorithm },
  ): Promise<HttpUpload> {
    const { algorithm } = options;
    // Registries that know one algorithm only may stumble over its name.
    const stated = algorithm === undefined || algorithm === "sha256" ? {} : { algorithm };
    const request = { kind: "upload_start", repository, ...stated } as const;
    await using answer = await connection.ask(request, [202], signalOf(options));
    return new HttpUpload(connection, repository, answer);
  }

  /** An upload by the id that another object of this class had. */
  static async resume(
    connection: RegistryConnection,
    repository: string,
    id: string,
    options: CallOptions,
  ): Promise<HttpUpload> {
    await connection.settle(options);
    const url = new URL(decodeId(id), connection.base);
    const owner = connection.findUploadRepository(url);
    if (url.origin !== connection.base.origin || (owner !== undefined && owner !== repository)) throw unknownUpload(id);
    const request = { kind: "upload_status", repository, upload: id } as const;
    await using answer = await connection.ask(request, [204, 202, 200], { ...options, url });
    return new HttpUpload(connection, repository, {
      ...answer,
      url,
      headers: { location: url.href, ...answer.headers },
    });
  }

  get id(): string {
    const { pathname, search, href } = this.#location;
    return encodeId(this.isAtRegistry ? pathname + search : href);
  }

  /** Whether its place is the registry's own: {@link resume} goes nowhere else. */
  get isAtRegistry(): boolean {
    return this.#location.origin === this.#connection.base.origin;
  }

  get size(): number {
    return this.#size;
  }

  get minimumChunkBytes(): number {
    return this.#minimumChunkBytes ?? 0;
  }

  async append(body: AsyncIterable<Uint8Array>, options: CallOptions & { first?: number } = {}): Promise<void> {
    this.#assertOpen();
    const { first = this.#size, signal } = options;
    if (first !== this.#size) {
      const found = `found a piece that begins at byte ${first}, expected ${this.#size}`;
      throw new RegistryError("RANGE_INVALID", `Cannot append to an upload: ${found}`);
    }
    let sent = 0;
    async function* counted(): AsyncGenerator<Uint8Array> {
      for await (const bytes of body) {
        sent += bytes.byteLength;
        yield bytes;
      }
    }
    const request = { kind: "upload_append", repository: this.#repository, upload: "session" } as const;
    await using answer = await this.#connection.ask(request, [202, 201, 204], {
      url: this.#location,
      headers: { "content-type": "application/octet-stream" },
      body: { stream: counted() },
      ...(signal && { signal }),
    });
    this.#size += sent;
    this.#follow(answer);
  }

  commit(digest: Digest, options: CallOptions = {}): Promise<Descriptor> {
    return this.finish(digest, undefined, options);
  }

  /** Commits with the last bytes in the same request. */
  async finish(digest: Digest, body: HttpBody | undefined, { signal }: CallOptions = {}): Promise<Descriptor> {
    this.#assertOpen();
    const url = new URL(this.#location);
    // Appended by hand: a registry's cursor in the query must come back as it was spelled.
    url.search = `${url.search === "" ? "?" : `${url.search}&`}digest=${digest}`;
    const request = { kind: "upload_commit", repository: this.#repository, upload: "session", digest } as const;
    await using _answer = await this.#connection.ask(request, [201, 204], {
      url,
      ...(body && { body, headers: { "content-type": "application/octet-stream" } }),
      ...(signal && { signal }),
    });
    this.#state = "ended";
    return { mediaType: "application/octet-stream", digest, size: this.#size };
  }

  /** Asks how much the registry has, after a request whose end nobody knows. */
  async refresh(options: CallOptions = {}): Promise<void> {
    const request = { kind: "upload_status", repository: this.#repository, upload: "session" } as const;
    await using answer = await this.#connection.ask(request, [204, 202, 200], { ...options, url: this.#location });
    this.#size = 0;
    this.#follow(answer);
  }

  async cancel({ signal }: CallOptions = {}): Promise<void> {
    if (this.#state === "ended") return;
    this.#state = "ended";
    const request = { kind: "upload_cancel", repository: this.#repository, upload: "session" } as const;
    // 404: it is gone. 405: the registry collects them by itself.
    await using _answer = await this.#connection.ask(request, [204, 200, 202, 404, 405], {
      url: this.#location,
      ...(signal && { signal }),
    });
  }

  #follow(answer: HttpResponse): void {
    if (answer.headers.location !== undefined) this.#location = locationOf(answer);
    const held = parseUploadRange(answer.headers.range);
    if (held !== undefined) this.#size = held;
    const minimum = Number(answer.headers["oci-chunk-min-length"] ?? "");
    if (Number.isSafeInteger(minimum) && minimum > 0) this.#minimumChunkBytes = minimum;
  }

  #assertOpen(): void {
    if (this.#state === "ended") throw unknownUpload("ended");
  }
}

function locationOf({ headers, url }: HttpResponse): URL {
  const { location = "" } = headers;
  if (location !== "" && URL.canParse(location, url)) return new URL(location, url);
  throw new RegistryError("UNAVAILABLE", `Cannot upload to "${url.host}": found no Location in its answer`, {
    retryable: false,
  });
}

function encodeId(location: string): string {
  return Buffer.from(location).toString("base64url");
}

function decodeId(id: string): string {
  const location = /^[A-Za-z0-9_-]+$/.test(id) ? Buffer.from(id, "base64url").toString() : "";
  if (!location.startsWith("/")) throw unknownUpload(id);
  return location;
}

function unknownUpload(id: string): RegistryError {
  const shown = JSON.stringify(id.slice(0, 200));
  return new RegistryError("BLOB_UPLOAD_UNKNOWN", `Cannot go on with upload ${shown}: it has ended or never was`);
}
