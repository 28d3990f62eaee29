/** What one task of the soak does, and how it is to end. */
export interface SoakTask {
  taskId: string;
  /** A line for the container's shell. */
  shell: string;
  /** Killed so long after its launch, with this grace; it ends by itself unless given. */
  kill?: { afterMs: number; graceMs: number };
  /** What it ends with by itself. */
  exitCode: number;
  /** Bytes that it writes to stdout before it ends by itself. */
  stdoutBytes: number;
}

/** What every task of the soak has: enough for runc, and little of the host's. */
export const soakResources = { cpus: 0.1, mem: 64 };

/** A task that a seed decides. Most end at once; some write much, some sleep, some have to be killed. */
export function drawTask(taskId: string, random: () => number): SoakTask {
  const below = (count: number) => Math.floor(random() * count);
  const exitCode = below(4);
  switch (["ends", "ends", "ends", "ends", "writes", "sleeps", "is killed", "is killed"][below(8)]) {
    case "writes": {
      const stdoutBytes = 1 + below(2_000_000);
      const shell = `head -c ${stdoutBytes} /dev/zero | tr '\\0' x; exit ${exitCode}`;
      return { taskId, shell, exitCode, stdoutBytes };
    }
    case "sleeps":
      return { taskId, shell: `sleep ${below(3)}; echo ok; exit ${exitCode}`, exitCode, stdoutBytes: 3 };
    case "is killed": {
      const manner = below(2) === 0 ? "trap 'exit 9' TERM" : "trap '' TERM";
      const shell = `${manner}; while :; do sleep 0.1; done`;
      return { taskId, shell, kill: { afterMs: below(3000), graceMs: below(2000) }, exitCode, stdoutBytes: 0 };
    }
    default:
      return { taskId, shell: `echo ok; exit ${exitCode}`, exitCode, stdoutBytes: 3 };
  }
}
