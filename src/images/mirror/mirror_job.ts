import { type MirrorJob, parsePlatform } from "../../../registry/mod.ts";
import type { MirroredRepository } from "./mirror_schema.ts";
import type { Places } from "./places.ts";

/** What a file says of a repository, for one of its targets. */
export function toMirrorJob(repository: MirroredRepository, target: string, places: Places): MirrorJob {
  const { source, tags = {}, immutable, platforms, referrers, deleteExtraneous } = repository;
  const { names, matching, notMatching, semver, newest } = tags;
  return {
    source: places.open(source),
    target: places.open(target),
    tags: {
      ...(names ? { names } : {}),
      ...(matching === undefined ? {} : { matching: new RegExp(matching) }),
      ...(notMatching === undefined ? {} : { notMatching: new RegExp(notMatching) }),
      ...(semver === undefined ? {} : { semver }),
      ...(newest === undefined ? {} : { newest }),
    },
    ...(immutable === undefined ? {} : { immutable: new RegExp(immutable) }),
    ...(platforms ? { platforms: platforms.map(parsePlatform) } : {}),
    referrers: referrers ? "copied" : "left out",
    ...(deleteExtraneous ? { deleteExtraneous: toRules(deleteExtraneous) } : {}),
  };
}

function toRules({
  maximumPercent,
  backup,
}: NonNullable<MirroredRepository["deleteExtraneous"]>): NonNullable<MirrorJob["deleteExtraneous"]> {
  return { maximumPercent, ...(backup === false ? {} : { backup }) };
}
