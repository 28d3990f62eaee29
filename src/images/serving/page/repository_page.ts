import type { TagSizes } from "../../../../registry/mod.ts";
import type { Pulls } from "../pull_history.ts";
import type { ReadText } from "../reading_answers.ts";
import { toDocument } from "./document.ts";
import { overviewPath, repositoryLink } from "./links.ts";
import { html, type Markup } from "./markup.ts";
import { pullCells } from "./overview_page.ts";
import { shortDigest, showBytes, showPart } from "./shown_values.ts";
import { sizeBar, sizeKey } from "./size_bar.ts";

/** The page of a repository. */
export interface RepositoryView {
  readonly name: string;
  readonly bytes: number;
  readonly ownBytes: number;
  /** All of them, and those that are shown. */
  readonly tagCount: number;
  readonly tags: readonly (TagSizes & { readonly pulls: Pulls | undefined })[];
  readonly after: string | undefined;
  readonly next: string | undefined;
  readonly nowMs: number;
}

const trail = html`<a href="${overviewPath}">All repositories</a>`;

export function repositoryPage(view: RepositoryView): ReadText {
  const { name, bytes, ownBytes, tagCount } = view;
  const body = html`<dl class="facts">
<div><dt>Tags</dt><dd>${tagCount.toLocaleString("en-US")}</dd></div>
<div><dt>Size</dt><dd>${showBytes(bytes)}</dd></div>
<div><dt>Own</dt><dd>${showBytes(ownBytes)}<small>${showPart(ownBytes, bytes)}, in no other repository</small></dd></div>
<div><dt>Shared</dt><dd>${showBytes(bytes - ownBytes)}<small>with other repositories</small></dd></div>
</dl>
<h2>Tags</h2>
${view.tags.length === 0 ? html`<p class="nothing">There are no ${view.after === undefined ? "" : "more "}tags.</p>` : tagTable(view)}
${pages(view)}`;
  return toDocument({ title: name, trail, body });
}

/** What is shown for a repository that is not there, or not served. */
export function missingPage(): ReadText {
  const body = html`<p class="nothing">There is no such repository here.</p>`;
  return toDocument({ title: "Not found", trail, body, status: 404 });
}

function tagTable({ tags, nowMs }: RepositoryView): Markup {
  const most = Math.max(...tags.map(({ bytes }) => bytes));
  return html`<div class="wide"><table>
<caption>Bars: ${sizeKey} with other tags or repositories</caption>
<thead><tr><th scope="col">Tag</th><th scope="col">Digest</th><th scope="col">Platforms</th><th scope="col" class="number">Size</th><th scope="col" class="number">Own</th><th scope="col" class="number">Shared</th><td></td><th scope="col" class="number">Pulls</th><th scope="col">Last pull</th></tr></thead>
<tbody>${tags.map((tag) => tagRow(tag, most, nowMs))}</tbody>
</table></div>`;
}

function tagRow(
  { tag, digest, platforms, bytes, ownBytes, pulls }: RepositoryView["tags"][number],
  most: number,
  nowMs: number,
): Markup {
  const where = platforms.length === 0 ? html`<span class="quiet">–</span>` : platforms.join(", ");
  return html`<tr><th scope="row">${tag}</th><td><code title="${digest}">${shortDigest(digest)}</code></td><td>${where}</td><td class="number">${showBytes(bytes)}</td><td class="number">${showBytes(ownBytes)}</td><td class="number">${showBytes(bytes - ownBytes)}</td><td>${sizeBar({ own: ownBytes, all: bytes, most })}</td>${pullCells(pulls, nowMs)}</tr>
`;
}

function pages({ name, after, next }: RepositoryView): Markup | undefined {
  if (after === undefined && next === undefined) return undefined;
  return html`<nav class="pages" aria-label="Pages of tags">${after !== undefined && html`<a href="${repositoryLink(name)}">First page</a>`}${next !== undefined && html`<a href="${repositoryLink(name, next)}">Next page</a>`}</nav>`;
}
