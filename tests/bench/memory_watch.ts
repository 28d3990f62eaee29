import { readResidentMb } from "./process_cost.ts";

const pollMs = 50;

/**
 * Looks at a process' resident memory again and again while `work` is done, and gives the most that was seen, in MB. Not
 * its max RSS: Linux counts into that what its parent had when it forked.
 */
export async function watchMemory<T>(findPid: () => number | undefined, work: Promise<T>): Promise<[T, number]> {
  let isWorking = true;
  const stop = () => {
    isWorking = false;
  };
  work.then(stop, stop);
  let most = 0;
  while (isWorking) {
    const pid = findPid();
    if (pid !== undefined) most = Math.max(most, readResidentMb(pid) ?? 0);
    await Promise.race([work.catch(() => undefined), Bun.sleep(pollMs)]);
  }
  return [await work, most];
}
