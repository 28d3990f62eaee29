import * as v from "valibot";
import { isBackupTemplate, isSemverRange, isTag, parsePlatform, tagRule } from "../../../registry/mod.ts";
import { count, expression, mapping, meeting, readable, said } from "../../notation/fields.ts";
import { findRepositoryExpectation } from "./place_text.ts";

const repositoryName = meeting("a repository", findRepositoryExpectation);
const repositoryNames = v.pipe(
  v.array(repositoryName, "a list of repositories"),
  v.minLength(1, "a list of repositories"),
);
const tagName = meeting("a tag", (name) => (isTag(name) ? undefined : tagRule.replace(/^expected /, "a tag of ")));
const tagNames = v.pipe(v.array(tagName, "a list of tags"), v.minLength(1, "a list of tags"));
const backupForm = "a tag around {tag} such as deleted-{tag}, or false";
const percent = v.pipe(v.number("a percentage"), v.minValue(0, "a percentage"), v.maxValue(100, "a percentage"));
const tags = mapping({
  names: said(tagNames, "These tags, whether the source lists them or not"),
  matching: said(expression, "Tags that match this regular expression"),
  notMatching: said(expression, "Tags that do not match this one"),
  semver: said(
    readable("a range of versions such as >=1.2 <3", isSemverRange),
    "Versions within a range, e.g. >=1.2 <3",
  ),
  newest: said(count, "Only so many of them, the highest versions"),
});

const repository = mapping({
  source: v.pipe(repositoryName, v.description("Repository to copy from, e.g. docker.io/library/redis")),
  targets: v.pipe(
    repositoryNames,
    v.description("Repositories to copy to, e.g. http://registry.lab:5000/library/redis"),
  ),
  tags: said(tags, "Which tags; all unless given. All that is said must be met"),
  immutable: said(expression, "Tags that never move: those that a target has are not asked for again"),
  platforms: said(
    v.pipe(
      v.array(readable("a platform such as linux/amd64", parsePlatform), "a list of platforms"),
      v.minLength(1, "a list of platforms"),
    ),
    "Of an index, only the images of these platforms; the index stays as it is where the target takes it so",
  ),
  referrers: said(v.boolean("true or false"), "Whether signatures and attestations are copied as well"),
  deleteExtraneous: said(
    mapping({
      maximumPercent: v.optional(percent, 20),
      backup: v.optional(
        v.pipe(
          v.union([v.literal(false), readable(backupForm, isBackupTemplate)], backupForm),
          v.description("Tag that keeps what a deleted one was: deleted-{tag} unless given; false for none"),
        ),
        "deleted-{tag}",
      ),
    }),
    "Removes tags that match but are not chosen: the source has them no more, or newer ones took their place (newest). None of them when they are more than so many per cent (20) of those that match",
  ),
});

/** A file that says what is mirrored. */
export const mirrorSchema = mapping({
  repositories: v.pipe(v.array(repository, "a list of repositories"), v.minLength(1, "a list of repositories")),
});

/** What such a file says. */
export type MirrorFile = v.InferOutput<typeof mirrorSchema>;

/** One repository of it. */
export type MirroredRepository = MirrorFile["repositories"][number];
