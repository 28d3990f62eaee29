// What is run against an engine: everything with each image store that it has, and the calls in older API versions.

const EVERYTHING = ["tests/docker/real_", "tests/e2e/"];
const CALLS = ["tests/docker/real_engine", "tests/docker/real_images", "tests/docker/real_sizes"];

/** Versions on both sides of each change that has a branch in src/docker. */
const API_VERSIONS = ["1.24", "1.30", "1.40", "1.41", "1.44"];

/** The Docker whose containerd can keep the images, and the one that refuses API versions below 1.44. */
const FIRST_WITH_CONTAINERD_STORE = 24;
const FIRST_WITHOUT_OLD_VERSIONS = 29;

const CLASSIC = JSON.stringify({ features: { "containerd-snapshotter": false } });
const CONTAINERD = JSON.stringify({ features: { "containerd-snapshotter": true } });

/** What runs are of: an image store with everything, or older API versions. */
export const KINDS = ["classic", "containerd", "api"];

/**
 * Reads what `dockerd --version` says; gives `{ version, runs }`. Each run has its kind, a name, the daemon's
 * configuration, the test files' filters and, where it is not the newest, the API version. With a `kind` there are only
 * runs of that one, perhaps none; with `files` these are the filters.
 */
export function planRuns(versionText, { kind, files = [] } = {}) {
  const version = /\bversion ((\d+)\.[^\s,]+)/.exec(versionText);
  if (version === null) throw new Error(`Cannot tell the version of dockerd: it says "${versionText}"`);
  const major = Number(version[2]);
  const hasContainerdStore = major >= FIRST_WITH_CONTAINERD_STORE;
  const configuration = hasContainerdStore ? CLASSIC : "{}";
  const runs = [{ kind: "classic", name: "classic image store", configuration, filters: EVERYTHING }];
  if (hasContainerdStore) {
    runs.push({ kind: "containerd", name: "containerd image store", configuration: CONTAINERD, filters: EVERYTHING });
  }
  for (const apiVersion of API_VERSIONS) {
    if (!isTaken(apiVersion, major)) continue;
    const name = `classic image store, API ${apiVersion}`;
    runs.push({ kind: "api", name, configuration, filters: CALLS, apiVersion });
  }
  const chosen = runs.filter((run) => kind === undefined || run.kind === kind);
  if (files.length === 0) return { version: version[1], runs: chosen };
  return { version: version[1], runs: chosen.map((run) => ({ ...run, filters: files })) };
}

/** Whether a Docker takes an API version: 20.10 has 1.41 as its newest, 25.0 has 1.44. */
function isTaken(apiVersion, major) {
  const minor = Number(apiVersion.split(".")[1]);
  if (minor < 44) return major < FIRST_WITHOUT_OLD_VERSIONS;
  return major >= 25;
}
