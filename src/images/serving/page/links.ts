/** Addresses of pages, relative to each other: a proxy may serve them below a path of its own. */
export const overviewPath = ".";
export const livePath = "live";

export function repositoryLink(repository: string, after?: string): string {
  return `repository?${new URLSearchParams({ name: repository, ...(after === undefined ? {} : { after }) })}`;
}

/** The list of repositories whose names hold `search`, from behind `after` on. */
export function overviewLink({ search, after }: { search: string; after?: string }): string {
  const words = { ...(search === "" ? {} : { search }), ...(after === undefined ? {} : { after }) };
  const query = new URLSearchParams(words).toString();
  return query === "" ? overviewPath : `.?${query}`;
}
