import type { Registry } from "../registry.ts";
import { RegistryError } from "../registry_error.ts";
import type { RegistryRequest } from "../requests/request.ts";
import { type Answer, errorAnswer, type Incoming, jsonAnswer } from "./answer.ts";
import { answerBlob } from "./blob_answers.ts";
import { answerList } from "./list_answers.ts";
import { answerManifest } from "./manifest_answers.ts";
import { answerUpload } from "./upload_answers.ts";

/** What a request means to a registry, without any socket. Errors become answers. */
export async function answerRequest(
  registry: Registry,
  request: RegistryRequest,
  incoming: Incoming,
  options: { maximumManifestBytes: number },
): Promise<Answer> {
  try {
    return await dispatch(registry, request, incoming, options);
  } catch (error) {
    return errorAnswer(RegistryError.from(error));
  }
}

async function dispatch(
  registry: Registry,
  request: RegistryRequest,
  incoming: Incoming,
  options: { maximumManifestBytes: number },
): Promise<Answer> {
  switch (request.kind) {
    case "ping":
      return jsonAnswer(200, {});
    case "blob_get":
    case "blob_head":
    case "blob_delete":
      return await answerBlob(registry, request, incoming);
    case "manifest_get":
    case "manifest_head":
    case "manifest_put":
    case "manifest_delete":
      return await answerManifest(registry, request, incoming, options.maximumManifestBytes);
    case "tags_list":
    case "repositories_list":
    case "referrers_list":
      return await answerList(registry, request, incoming);
    default:
      return await answerUpload(registry, request, incoming);
  }
}
