import { Buffer } from "node:buffer";
import type { CallOptions, Engine, LoadOptions, PullOptions, RegistryAuth, RemoveImageOptions } from "../engine.ts";
import type { ImageInspect } from "../engine_documents.ts";
import type { EngineConnection } from "../http/connection.ts";
import { imageCall, requireName } from "../http/engine_call.ts";
import { readImage } from "./image_documents.ts";
import { splitImageName } from "./image_name.ts";
import { flags } from "./query.ts";
import { followTransfer } from "./transfer.ts";

/** The calls about images. */
export function createImageCalls(
  connection: EngineConnection,
): Pick<Engine, "inspectImage" | "pullImage" | "loadImage" | "saveImage" | "tagImage" | "removeImage"> {
  return {
    inspectImage: (reference, options) => inspect(connection, reference, options),
    pullImage: (reference, options) => pull(connection, reference, options),
    loadImage: (archive, options) => load(connection, archive, options),
    saveImage: (image, options) => save(connection, image, options),
    tagImage: (image, reference, options) => tag(connection, image, reference, options),
    removeImage: (reference, options) => remove(connection, reference, options),
  };
}

async function inspect(
  connection: EngineConnection,
  reference: string,
  options: CallOptions | undefined,
): Promise<ImageInspect | undefined> {
  const call = imageCall("inspect image", reference, {
    method: "GET",
    operation: "json",
    accept: [404],
    deadlineMs: connection.deadlines.callMs,
  });
  using exchange = await connection.open(call, options);
  return exchange.status === 404 ? undefined : await exchange.document(readImage);
}

async function pull(connection: EngineConnection, reference: string, options: PullOptions = {}): Promise<void> {
  const { platform, auth, onProgress, deadlineMs = connection.deadlines.transferSilenceMs } = options;
  const call = { action: "pull image", subject: reference };
  requireName(call);
  using exchange = await connection.open(
    {
      ...call,
      method: "POST",
      path: "/images/create",
      query: { ...toPullQuery(reference), ...(platform === undefined ? {} : { platform }) },
      // Older daemons would not see the platform, and pull an image of another one.
      ...(platform === undefined ? {} : { needs: { apiVersion: "1.32", what: "platform" } }),
      headers: auth === undefined ? {} : { "X-Registry-Auth": encodeAuth(auth) },
      deadlineMs,
    },
    options,
  );
  for await (const line of followTransfer(exchange, deadlineMs)) {
    if (line.kind === "progress") onProgress?.(line.progress);
  }
}

async function load(
  connection: EngineConnection,
  archive: AsyncIterable<Uint8Array>,
  options: LoadOptions = {},
): Promise<string[]> {
  const { onProgress, deadlineMs = connection.deadlines.transferSilenceMs } = options;
  using exchange = await connection.open(
    {
      action: "load images into the Docker daemon at",
      subject: connection.addressText,
      method: "POST",
      path: "/images/load",
      headers: { "Content-Type": "application/x-tar" },
      body: { kind: "chunks", chunks: archive },
      deadlineMs,
    },
    options,
  );
  const loaded: string[] = [];
  for await (const line of followTransfer(exchange, deadlineMs)) {
    if (line.kind === "progress") onProgress?.(line.progress);
    if (line.kind === "text") loaded.push(...readLoaded(line.text));
  }
  if (loaded.length === 0) throw exchange.fault("the daemon named no image, so the archive had none");
  return loaded;
}

async function* save(
  connection: EngineConnection,
  image: string,
  options: CallOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const { deadlineMs = connection.deadlines.transferSilenceMs } = options;
  const call = imageCall("save image", image, { method: "GET", operation: "get", deadlineMs });
  using exchange = await connection.open(call, options);
  for await (const bytes of exchange.chunks()) {
    // A slow taker is not a silent daemon.
    exchange.guard.stopDeadline();
    yield bytes;
    exchange.guard.startDeadline(deadlineMs, "sent nothing more");
  }
}

/** Read from text for people, because the Engine API says nowhere else what a load has brought. */
export function readLoaded(text: string): string[] {
  return [...text.matchAll(/^Loaded image(?: ID)?: (\S+)$/gm)].flatMap(([, name]) =>
    name === undefined ? [] : [name],
  );
}

async function tag(
  connection: EngineConnection,
  image: string,
  reference: string,
  options: CallOptions | undefined,
): Promise<void> {
  const { repository, tag: tagName, digest } = splitImageName(reference);
  await connection.status(
    imageCall("tag image", image, {
      method: "POST",
      operation: "tag",
      // A digest cannot be given; it is sent along so that the daemon says so.
      query: {
        repo: digest === undefined ? repository : reference,
        ...(tagName === undefined ? {} : { tag: tagName }),
      },
      deadlineMs: connection.deadlines.callMs,
    }),
    options,
  );
}

async function remove(
  connection: EngineConnection,
  reference: string,
  options: RemoveImageOptions = {},
): Promise<void> {
  await connection.status(
    imageCall("remove image", reference, {
      method: "DELETE",
      query: flags({ force: options.force }),
      accept: [404], // It is not there any more.
      deadlineMs: connection.deadlines.changeMs,
    }),
    options,
  );
}

/** Without a tag the daemon would pull every tag of the repository. */
function toPullQuery(reference: string): Record<string, string> {
  const { repository, tag: tagName, digest } = splitImageName(reference);
  return { fromImage: repository, tag: digest ?? tagName ?? "latest" };
}

/** As Docker's own client writes it: JSON in base64 for URLs, with its padding. */
function encodeAuth(auth: RegistryAuth): string {
  const encoded = Buffer.from(JSON.stringify(toAuthConfig(auth))).toString("base64");
  return encoded.replaceAll("+", "-").replaceAll("/", "_");
}

function toAuthConfig(auth: RegistryAuth): object {
  switch (auth.kind) {
    case "password":
      return { username: auth.username, password: auth.password, serveraddress: auth.serverAddress };
    case "identity":
      return { identitytoken: auth.token, serveraddress: auth.serverAddress };
    case "bearer":
      return { registrytoken: auth.token };
  }
}
