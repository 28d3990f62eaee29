import type { Registry, Upload } from "../registry.ts";
import { isRegistryError, RegistryError } from "../registry_error.ts";
import type { RegistryRequest } from "../requests/request.ts";
import { formatUploadRange, parseChunkRange } from "../values/byte_range.ts";
import type { Digest } from "../values/digest.ts";
import { quoted } from "../values/quoted.ts";
import { type Answer, emptyAnswer, errorAnswer, type Incoming } from "./answer.ts";
import { toLength } from "./exchange.ts";

type UploadRequest = Extract<RegistryRequest, { kind: `upload_${string}` | "mount" }>;

/** Answers about uploads: contract B.6 and I.3. */
export async function answerUpload(registry: Registry, request: UploadRequest, incoming: Incoming): Promise<Answer> {
  const { repository } = request;
  const { signal } = incoming;
  switch (request.kind) {
    case "upload_start": {
      const { algorithm } = request;
      const upload = await registry.startUpload(repository, { signal, ...(algorithm && { algorithm }) });
      return progress(202, repository, upload);
    }
    case "mount": {
      const { digest, from } = request;
      const result = await registry.mountBlob(repository, digest, { signal, ...(from !== undefined && { from }) });
      if (result.kind === "mounted") return created(repository, digest);
      const upload = result.kind === "upload" ? result.upload : await registry.startUpload(repository, { signal });
      return progress(202, repository, upload);
    }
    case "upload_blob": {
      const { digest } = request;
      const size = lengthOf(incoming);
      const expected = { digest, ...(size !== undefined && { size }) };
      await registry.pushBlob(repository, expected, incoming.body, { signal });
      return created(repository, digest);
    }
    default:
      return await answerSession(registry, request, incoming);
  }
}

type SessionRequest = Extract<UploadRequest, { upload: string }>;

async function answerSession(registry: Registry, request: SessionRequest, incoming: Incoming): Promise<Answer> {
  const { repository } = request;
  const { signal } = incoming;
  const upload = await registry.resumeUpload(repository, request.upload, { signal });
  try {
    switch (request.kind) {
      case "upload_status":
        return progress(204, repository, upload);
      case "upload_cancel":
        await upload.cancel({ signal });
        return emptyAnswer(204);
      case "upload_append":
        await append(upload, incoming);
        return progress(202, repository, upload);
      case "upload_commit":
        if (hasBody(incoming)) await append(upload, incoming);
        await upload.commit(request.digest, { signal });
        return created(repository, request.digest);
    }
  } catch (error) {
    // Out of order: the session lives, and the client is told where it stands.
    if (!isRegistryError(error, "RANGE_INVALID")) throw error;
    return errorAnswer(error, whereabouts(repository, upload));
  }
}

async function append(upload: Upload, incoming: Incoming): Promise<void> {
  const length = lengthOf(incoming);
  const options = { signal: incoming.signal, ...(length !== undefined && { size: length }) };
  const stated = incoming.headers["content-range"];
  if (stated === undefined) return await upload.append(incoming.body, options);
  const span = parseChunkRange(stated);
  if (span === undefined) {
    const found = `found Content-Range ${quoted(stated)}, expected "<first>-<last>"`;
    throw new RegistryError("BLOB_UPLOAD_INVALID", `Cannot append to upload "${upload.id}": ${found}`);
  }
  if (length !== undefined && length !== span.last - span.first + 1) {
    const found = `found ${length} bytes under Content-Range ${quoted(stated)}`;
    throw new RegistryError("SIZE_INVALID", `Cannot append to upload "${upload.id}": ${found}`);
  }
  await upload.append(incoming.body, { ...options, first: span.first });
}

function created(repository: string, digest: Digest): Answer {
  return emptyAnswer(201, { location: `/v2/${repository}/blobs/${digest}`, "docker-content-digest": digest });
}

function progress(status: 202 | 204, repository: string, upload: Upload): Answer {
  return emptyAnswer(status, whereabouts(repository, upload));
}

function whereabouts(repository: string, { id, size, minimumChunkBytes }: Upload): Record<string, string> {
  return {
    location: `/v2/${repository}/blobs/uploads/${encodeURIComponent(id)}`,
    range: formatUploadRange(size),
    "docker-upload-uuid": id,
    ...(minimumChunkBytes !== undefined && { "oci-chunk-min-length": String(minimumChunkBytes) }),
  };
}

function hasBody({ headers }: Incoming): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function lengthOf({ headers }: Incoming): number | undefined {
  return toLength(headers["content-length"]);
}
