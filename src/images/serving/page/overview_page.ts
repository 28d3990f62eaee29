import type { Pull, Pulls } from "../pull_history.ts";
import type { ReadText } from "../reading_answers.ts";
import { toDocument } from "./document.ts";
import { livePath, overviewLink, overviewPath, repositoryLink } from "./links.ts";
import { type LiveFacts, livePart } from "./live_part.ts";
import { html, type Markup } from "./markup.ts";
import { showBytes, showCount, showTime } from "./shown_values.ts";
import { sizeBar, sizeKey } from "./size_bar.ts";

/** A repository as a row. */
export interface RepositoryRow {
  readonly name: string;
  /** Undefined for one that cannot be read. */
  readonly sizes: { readonly tags: number; readonly bytes: number; readonly ownBytes: number } | undefined;
  readonly pulls: Pulls | undefined;
}

/** The first page. */
export interface Overview {
  readonly live: LiveFacts;
  readonly search: string;
  readonly rows: readonly RepositoryRow[];
  /** The name that the rows begin behind, and the last of them when there are more. */
  readonly after: string | undefined;
  readonly next: string | undefined;
  readonly lastPulls: readonly Pull[];
}

export function overviewPage(overview: Overview): ReadText {
  const { live, lastPulls } = overview;
  const body = html`<section id="live" data-source="${livePath}">${livePart(live)}</section>
<noscript><p class="quiet">Load the page again for newer figures.</p></noscript>
<h2 id="repositories">Repositories</h2>
${searchForm(overview)}
${repositoryTable(overview)}
<h2>Last pulls</h2>
${lastPulls.length === 0 ? html`<p class="nothing">Nothing has been pulled yet.</p>` : pullTable(lastPulls, live.nowMs)}`;
  return toDocument({ title: "Registry", body, refreshes: true });
}

function searchForm({ search }: Overview): Markup {
  return html`<form action="${overviewPath}" role="search"><label>Part of a name<input type="search" name="search" value="${search}" maxlength="255"></label><button>Search</button></form>`;
}

function repositoryTable({ rows, search, after, next, live }: Overview): Markup {
  if (rows.length === 0) {
    const found =
      search === "" ? "There is no repository yet: push an image." : `No repository has “${search}” in its name.`;
    return html`<p class="nothing">${after === undefined ? found : "There are no more repositories."}</p>${pages({ search, after, next })}`;
  }
  const most = Math.max(...rows.map(({ sizes }) => sizes?.bytes ?? 0));
  return html`<div class="wide"><table>
<caption>Sizes count each blob once; bars: ${sizeKey} with other repositories</caption>
<thead><tr><th scope="col">Name</th><th scope="col" class="number">Tags</th><th scope="col" class="number">Size</th><th scope="col" class="number">Own</th><th scope="col" class="number">Shared</th><td></td><th scope="col" class="number">Pulls</th><th scope="col">Last pull</th></tr></thead>
<tbody>${rows.map((row) => repositoryRow(row, most, live.nowMs))}</tbody>
</table></div>${pages({ search, after, next })}`;
}

function repositoryRow({ name, sizes, pulls }: RepositoryRow, most: number, nowMs: number): Markup {
  const figures = sizes
    ? html`<td class="number">${sizes.tags.toLocaleString("en-US")}</td><td class="number">${showBytes(sizes.bytes)}</td><td class="number">${showBytes(sizes.ownBytes)}</td><td class="number">${showBytes(sizes.bytes - sizes.ownBytes)}</td><td>${sizeBar({ own: sizes.ownBytes, all: sizes.bytes, most })}</td>`
    : html`<td colspan="5" class="quiet">cannot be read, see the log</td>`;
  return html`<tr><th scope="row"><a href="${repositoryLink(name)}">${name}</a></th>${figures}${pullCells(pulls, nowMs)}</tr>
`;
}

/** How often, and when last. */
export function pullCells(pulls: Pulls | undefined, nowMs: number): Markup {
  const last = pulls ? showTime(pulls.lastMs, nowMs) : html`<span class="quiet">–</span>`;
  return html`<td class="number">${(pulls?.count ?? 0).toLocaleString("en-US")}</td><td>${last}</td>`;
}

function pages({ search, after, next }: Pick<Overview, "search" | "after" | "next">): Markup | undefined {
  if (after === undefined && next === undefined) return undefined;
  return html`<nav class="pages" aria-label="Pages of repositories">${after !== undefined && html`<a href="${overviewLink({ search })}#repositories">First page</a>`}${next !== undefined && html`<a href="${overviewLink({ search, after: next })}#repositories">Next page</a>`}</nav>`;
}

function pullTable(pulls: readonly Pull[], nowMs: number): Markup {
  const rows = pulls.map(
    ({ repository, target, ...pull }) =>
      html`<tr><th scope="row"><a href="${repositoryLink(repository)}">${repository}</a></th><td><code>${target}</code></td>${pullCells(pull, nowMs)}</tr>
`,
  );
  return html`<div class="wide"><table>
<caption>The ${showCount(pulls.length, "image")} pulled last</caption>
<thead><tr><th scope="col">Repository</th><th scope="col">Tag or digest</th><th scope="col" class="number">Pulls</th><th scope="col">Last pull</th></tr></thead>
<tbody>${rows}</tbody>
</table></div>`;
}
