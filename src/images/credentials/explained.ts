import type { RegistryAuth } from "../../docker/mod.ts";
import { listHostSources, type SourceContext } from "./host_sources.ts";

/** What became of a source when credentials were looked for. */
export interface ExplainedSource {
  readonly name: string;
  readonly verdict: "chosen" | "passed over" | "failed" | "not asked";
  /** Who it makes us, or why it does not; never a secret. */
  readonly why: string;
}

/**
 * Every source of credentials for an image's registry in its order (images contract C.3), the one that counts, and why the others do
 * not. Helpers behind the one that counts are not run. With `before`, something of that name counts and none of these.
 */
export async function explainCredentials(
  image: string,
  context: SourceContext,
  before?: string,
): Promise<ExplainedSource[]> {
  const rows: ExplainedSource[] = [];
  let chosen = before;
  for (const source of listHostSources(image, context)) {
    const { name } = source;
    if (chosen !== undefined && source.looks === "by a program") {
      rows.push({ name, verdict: "not asked", why: `${chosen} comes first` });
      continue;
    }
    const answer = await source.look();
    if (answer.kind === "failed") rows.push({ name, verdict: "failed", why: answer.error.message });
    else if (answer.kind === "nothing") rows.push({ name, verdict: "passed over", why: answer.why });
    else {
      const who = describe(answer.auth) + (answer.helper ? ` by "${answer.helper}"` : "");
      if (chosen === undefined) rows.push({ name, verdict: "chosen", why: who });
      else rows.push({ name, verdict: "passed over", why: `it has ${who}, but ${chosen} comes first` });
      chosen ??= name;
    }
  }
  const anonymous = { name: "nobody", why: "no credentials are shown" } as const;
  rows.push(
    chosen === undefined
      ? { ...anonymous, verdict: "chosen" }
      : { ...anonymous, verdict: "passed over", why: `${chosen} comes first` },
  );
  return rows;
}

function describe(auth: RegistryAuth): string {
  switch (auth.kind) {
    case "password":
      return `user ${JSON.stringify(auth.username)}`;
    case "identity":
      return "an identity token";
    case "bearer":
      return "a bearer token";
  }
}
