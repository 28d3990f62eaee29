import { test } from "node:test";
import type { Registry } from "../../../registry/registry.ts";
import { blobRules } from "./blob_rules.ts";
import { deletionRules } from "./deletion_rules.ts";
import { listRules } from "./list_rules.ts";
import { manifestRules } from "./manifest_rules.ts";
import { referrerRules } from "./referrer_rules.ts";
import { uploadRules } from "./upload_rules.ts";

/** A registry to be tried, and what has to be put away afterwards. */
export interface Subject extends AsyncDisposable {
  readonly registry: Registry;
}

/** What a registry has to do: a sentence, and a trial in a repository that nothing else uses. */
export type Rules = Readonly<Record<string, (registry: Registry, repository: string) => Promise<void>>>;

/** Runs the rules of contract I.3 on a registry. Every implementation of {@link Registry} passes them all. */
export function testConformance(name: string, open: () => Promise<Subject>): void {
  const rules: Rules = {
    ...blobRules,
    ...uploadRules,
    ...manifestRules,
    ...referrerRules,
    ...listRules,
    ...deletionRules,
  };
  for (const [at, [sentence, trial]] of Object.entries(rules).entries()) {
    test(`${name} ${sentence}`, async () => {
      await using subject = await open();
      await trial(subject.registry, `conformance/rule-${at}`);
    });
  }
}
