import { watchMemory } from "../memory_watch.ts";

/** What a command has cost from its start to its end. */
export interface CommandCost {
  readonly wallMs: number;
  readonly cpuMs: number;
  /** VmRSS, the most that was seen. */
  readonly residentMb: number;
}

/** Runs a command to its end; throws with what it said when it fails. */
export async function measureCommand(argv: readonly string[], signal: AbortSignal): Promise<CommandCost> {
  const beganMs = performance.now();
  const child = Bun.spawn([...argv], { stdin: "ignore", stdout: "ignore", stderr: "pipe", signal });
  const said = new Response(child.stderr).text();
  const [code, residentMb] = await watchMemory(() => child.pid, child.exited);
  const wallMs = performance.now() - beganMs;
  const usage = child.resourceUsage();
  if (code !== 0 || usage === undefined) throw new Error(`"${argv.join(" ")}" ended with ${code}: ${await said}`);
  return { wallMs, cpuMs: Number(usage.cpuTime.total) / 1000, residentMb };
}
