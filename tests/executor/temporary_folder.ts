import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A directory of one test, without links in its path. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
  /** A path in it. */
  at(...names: string[]): string;
}

/** Makes a directory that is removed when it is disposed. */
export async function openTemporaryFolder(): Promise<TemporaryFolder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "mesos-docker-test-")));
  return {
    path,
    at: (...names) => join(path, ...names),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
