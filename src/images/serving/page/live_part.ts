import type { Transfer } from "../transfers.ts";
import { repositoryLink } from "./links.ts";
import { html, type Markup } from "./markup.ts";
import { shortDigest, showBytes, showCount, showPart, showTime } from "./shown_values.ts";

/** What a registry does at this moment, and has done since its start. */
export interface LiveFacts {
  readonly repositories: number;
  /** Undefined while the store is measured. */
  readonly storeBytes: number | undefined;
  readonly quotaBytes: number | undefined;
  /** Manifests that were pulled since the start. */
  readonly pulls: number;
  /** Of what was asked for of upstreams; undefined without any. */
  readonly cache: { readonly hits: number; readonly misses: number } | undefined;
  readonly openUploads: number;
  readonly transfers: readonly Transfer[];
  readonly startedMs: number;
  readonly nowMs: number;
}

/** More transfers than that are only counted. */
const mostTransfers = 50;

/** The part of the first page that changes while one looks. */
export function livePart(facts: LiveFacts): Markup {
  const { cache, storeBytes, quotaBytes, nowMs } = facts;
  const asked = cache && cache.hits + cache.misses;
  const quota = quotaBytes !== undefined && html`<small>of ${showBytes(quotaBytes)} for pushes</small>`;
  return html`<dl class="facts">
<div><dt>Repositories</dt><dd>${facts.repositories.toLocaleString("en-US")}</dd></div>
<div><dt>Stored</dt><dd>${storeBytes === undefined ? "…" : showBytes(storeBytes)}${quota}</dd></div>
<div><dt>Pulls</dt><dd>${facts.pulls.toLocaleString("en-US")}<small>since the start, ${showTime(facts.startedMs, nowMs)}</small></dd></div>
${
  cache &&
  html`<div><dt>Hit rate</dt><dd>${showPart(cache.hits, asked ?? 0)}<small>of ${showCount(asked ?? 0, "request")} for other registries' content</small></dd></div>`
}
<div><dt>In progress</dt><dd>${facts.transfers.length}<small>${showCount(facts.openUploads, "open upload")}</small></dd></div>
</dl>
<h2>Transfers in progress</h2>
${facts.transfers.length === 0 ? html`<p class="nothing">Nothing is being transferred.</p>` : transferTable(facts)}`;
}

const kinds = { pull: "Pull", push: "Push", fill: "From upstream" };

function transferTable({ transfers, nowMs }: LiveFacts): Markup {
  const rest = transfers.length - mostTransfers;
  return html`<div class="wide"><table>
<caption>Blobs on their way, the oldest first${rest > 0 && html`; ${showCount(rest, "more")} not shown`}</caption>
<thead><tr><th scope="col">Repository</th><th scope="col">Kind</th><th scope="col">Blob</th><th scope="col">Client</th><th scope="col" class="number">Moved</th><th scope="col">Begun</th></tr></thead>
<tbody>${transfers.slice(0, mostTransfers).map((transfer) => transferRow(transfer, nowMs))}</tbody>
</table></div>`;
}

function transferRow(transfer: Transfer, nowMs: number): Markup {
  const { kind, repository, digest, client, movedBytes, expectedBytes, begunMs } = transfer;
  const whole = expectedBytes !== undefined && ` of ${showBytes(expectedBytes)}`;
  return html`<tr><th scope="row"><a href="${repositoryLink(repository)}">${repository}</a></th><td>${kinds[kind]}</td><td>${digest === undefined ? html`<span class="quiet">not said yet</span>` : html`<code>${shortDigest(digest)}</code>`}</td><td>${client ?? html`<span class="quiet">–</span>`}</td><td class="number">${showBytes(movedBytes)}${whole}</td><td>${showTime(begunMs, nowMs)}</td></tr>
`;
}
