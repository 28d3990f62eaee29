import type { Log } from "../../../runtime/log.ts";
import type { Inventory, SizeSummary } from "../inventory.ts";
import type { PullHistory } from "../pull_history.ts";
import type { Reading } from "../reading_answers.ts";
import { toFragment } from "./document.ts";
import type { LiveFacts } from "./live_part.ts";
import { livePart } from "./live_part.ts";
import { overviewPage, type RepositoryRow } from "./overview_page.ts";
import { missingPage, repositoryPage } from "./repository_page.ts";

/** What pages are made of. */
export interface PageSources {
  readonly inventory: Inventory;
  readonly pulls: PullHistory;
  /** Whether a repository is shown at all. */
  readonly isVisible: (repository: string) => boolean;
  /** Everything of it but the number of repositories. */
  readonly live: () => Omit<LiveFacts, "repositories">;
  readonly log: Log;
}

/** Rows of one page. */
const repositoriesPerPage = 25;
const tagsPerPage = 100;
const lastPulls = 10;

/** The pages of a registry, by their paths. */
export function pageReadings(sources: PageSources): Readonly<Record<string, Reading>> {
  const facts = async () => ({ repositories: await sources.inventory.count(), ...sources.live() });
  return {
    "/": async ({ url }) => await readOverview(sources, await facts(), parametersOf(url)),
    "/live": async () => toFragment(livePart(await facts())),
    "/repository": async ({ url }) => await readRepository(sources, parametersOf(url)),
  };
}

async function readOverview(sources: PageSources, live: LiveFacts, words: URLSearchParams) {
  const { inventory, pulls, isVisible } = sources;
  const search = words.get("search")?.trim() ?? "";
  const after = words.get("after") ?? undefined;
  const place = after === undefined ? {} : { after };
  const { names, next } = await inventory.list({ search, ...place, most: repositoriesPerPage });
  const pulled = pulls.ofRepositories(names);
  const rows = await Promise.all(
    names.map(
      async (name): Promise<RepositoryRow> => ({
        ...{ name, pulls: pulled.get(name) },
        sizes: await summarize(sources, name),
      }),
    ),
  );
  const seen = pulls
    .newest()
    .filter(({ repository }) => isVisible(repository))
    .take(lastPulls);
  return overviewPage({ live, search, rows, after, next, lastPulls: [...seen] });
}

/** One repository that cannot be read keeps the page of none of the others. */
async function summarize({ inventory, log }: PageSources, repository: string): Promise<SizeSummary | undefined> {
  try {
    return await inventory.summarize(repository);
  } catch (error) {
    log.warn("cannot measure a repository", { repository, error: String(error) });
    return undefined;
  }
}

async function readRepository({ inventory, pulls, live }: PageSources, words: URLSearchParams) {
  const name = words.get("name") ?? "";
  const after = words.get("after") ?? undefined;
  const sizes = await inventory.measure(name);
  if (!sizes) return missingPage();
  const rest = sizes.tags.filter(({ tag }) => after === undefined || tag > after);
  const shown = rest.slice(0, tagsPerPage);
  const tags = shown.map((tag) => ({ ...tag, pulls: pulls.of(name, tag.tag, tag.digest) }));
  const next = rest.length > shown.length ? shown.at(-1)?.tag : undefined;
  const { bytes, ownBytes } = sizes;
  return repositoryPage({ name, bytes, ownBytes, tagCount: sizes.tags.length, tags, after, next, nowMs: live().nowMs });
}

function parametersOf(url: string): URLSearchParams {
  const mark = url.indexOf("?");
  return new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
}
