import type { Registry } from "../registry.ts";
import { formatRequest } from "../requests/format_request.ts";
import type { RegistryRequest } from "../requests/request.ts";
import type { Descriptor } from "../values/descriptor.ts";
import { mediaTypes } from "../values/media_type.ts";
import { type Answer, type Incoming, jsonAnswer } from "./answer.ts";

type ListRequest = Extract<RegistryRequest, { kind: `${string}_list` }>;

/** Most entries of one answer, and what a client gets that does not say how many it wants. */
const largestPage = 10_000;

/** Answers that are lists: tags and repositories in pages with a Link to the next, referrers as an index. */
export async function answerList(registry: Registry, request: ListRequest, { signal }: Incoming): Promise<Answer> {
  switch (request.kind) {
    case "tags_list": {
      const list = (options: PageOptions) => registry.listTags(request.repository, { signal, ...options });
      const { items, headers } = await readPage(request, list);
      return jsonAnswer(200, { name: request.repository, tags: items }, headers);
    }
    case "repositories_list": {
      const { items, headers } = await readPage(request, (options) =>
        registry.listRepositories({ signal, ...options }),
      );
      return jsonAnswer(200, { repositories: items }, headers);
    }
    case "referrers_list": {
      const { repository, digest, artifactType } = request;
      const manifests: Descriptor[] = [];
      const options = { signal, ...(artifactType !== undefined && { artifactType }) };
      for await (const one of registry.listReferrers(repository, digest, options)) manifests.push(one);
      const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
      return jsonAnswer(200, index, {
        "content-type": mediaTypes.ociIndex,
        ...(artifactType !== undefined && { "oci-filters-applied": "artifactType" }),
      });
    }
  }
}

interface PageOptions {
  readonly after?: string;
  readonly pageSize: number;
}

/** One entry more than wanted is asked for: only it tells that there is a next page. */
async function readPage(
  request: Extract<ListRequest, { count?: number }>,
  list: (options: PageOptions) => AsyncIterable<string>,
): Promise<{ items: string[]; headers: Record<string, string> }> {
  const { count = largestPage, after } = request;
  const wanted = Math.min(count, largestPage);
  const items: string[] = [];
  const options = { pageSize: wanted + 1, ...(after !== undefined && { after }) };
  for await (const item of list(options)) {
    if (items.length === wanted) return { items, headers: linkToNext(request, wanted, items.at(-1)) };
    items.push(item);
  }
  return { items, headers: {} };
}

function linkToNext(request: ListRequest, count: number, last: string | undefined): Record<string, string> {
  if (last === undefined) return {};
  return { link: `<${formatRequest({ ...request, count, after: last } as RegistryRequest).path}>; rel="next"` };
}
