import semver from "semver";

/** Which tags of a repository are wanted; what is not said leaves nothing out. All that is said must be met. */
export interface TagChoice {
  /** These, whether the source lists them or not. */
  readonly names?: readonly string[];
  readonly matching?: RegExp;
  readonly notMatching?: RegExp;
  /** Versions within a range, such as `>=1.2 <3`; tags that are no versions are left out then. */
  readonly semver?: string;
  /** Only so many, the highest versions, or where there are none the last in the order of their names. */
  readonly newest?: number;
}

/** Whether a tag is among those that a choice is about, before the newest are taken: what a mirror may delete. */
export function isManaged(tag: string, choice: TagChoice): boolean {
  const { names, matching, notMatching, semver: range } = choice;
  if (names?.includes(tag)) return true;
  if (namesAlone(choice)) return false;
  if (matching && !matching.test(tag)) return false;
  if (notMatching?.test(tag)) return false;
  return range === undefined || isInRange(tag, range);
}

/** Whether a choice is of tags that it names, and of no others. */
export function namesAlone({ names, matching, semver: range }: TagChoice): boolean {
  return names !== undefined && matching === undefined && range === undefined;
}

/** The tags that are wanted, of those that the source has. */
export function chooseTags(tags: readonly string[], choice: TagChoice): string[] {
  const managed = tags.filter((tag) => isManaged(tag, choice));
  if (choice.newest === undefined) return managed;
  const named = new Set(choice.names);
  const rest = managed.filter((tag) => !named.has(tag)).toSorted(byVersion);
  return [...managed.filter((tag) => named.has(tag)), ...rest.slice(-choice.newest)];
}

/** Whether a range can be read. */
export function isSemverRange(text: string): boolean {
  return semver.validRange(text) !== null;
}

/** Tags such as `v1.2` and `1.2.3-alpine`, as versions: what is missing is 0, and words behind are a pre-release. */
function toVersion(tag: string): semver.SemVer | undefined {
  const [, major, minor = "0", patch = "0", rest = ""] =
    /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[-+_.](.+))?$/.exec(tag) ?? [];
  if (major === undefined) return undefined;
  const words = rest.replaceAll(/[^0-9A-Za-z.-]/g, "-");
  return semver.parse(`${major}.${minor}.${patch}${words === "" ? "" : `-${words}`}`) ?? undefined;
}

function isInRange(tag: string, range: string): boolean {
  const version = toVersion(tag);
  return version !== undefined && semver.satisfies(version, range);
}

function byVersion(a: string, b: string): number {
  const [first, second] = [toVersion(a), toVersion(b)];
  if (first && second) return first.compare(second) || compareNames(a, b);
  return first ? 1 : second ? -1 : compareNames(a, b);
}

function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
