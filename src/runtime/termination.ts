import { readFileSync } from "node:fs";
import { constants } from "node:os";
import process from "node:process";

/** Signals that ask a process to end. */
export const terminationSignals = ["SIGTERM", "SIGINT"] as const;

/** Tells of SIGTERM and SIGINT, or others, counted from 1, until disposed of; the process then ends by them again. */
export function onTermination(
  listener: (signal: string, count: number) => void,
  options: { signals?: readonly NodeJS.Signals[] } = {},
): Disposable {
  let count = 0;
  const handlers = (options.signals ?? terminationSignals).map((signal) => {
    const handler = () => listener(signal, ++count);
    process.on(signal, handler);
    return () => process.off(signal, handler);
  });
  return {
    [Symbol.dispose]: () => {
      for (const remove of handlers) remove();
    },
  };
}

/** Has SIGHUP mean nothing until disposed of: an executor has no terminal that could hang up (contract, case 49). */
export function ignoreHangup(): Disposable {
  const ignore = () => undefined;
  process.on("SIGHUP", ignore);
  return { [Symbol.dispose]: () => void process.off("SIGHUP", ignore) };
}

/** Whether whoever started this process had it ignore a signal, as nohup does; a listener would undo that. */
export function isIgnored(signal: NodeJS.Signals): boolean {
  const [, mask = "0"] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "latin1")) ?? [];
  return ((BigInt(`0x${mask}`) >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
}
