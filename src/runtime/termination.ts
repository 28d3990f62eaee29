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

/** Signals that mean something to a program, and not that it should end. */
export const otherSignals = ["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGWINCH"] as const;

/** Tells of signals that do not ask this process to end, which go on to whoever it works for, until disposed of. */
export function onOtherSignal(listener: (signal: (typeof otherSignals)[number]) => void): Disposable {
  const handlers = otherSignals.map((signal) => {
    const handler = () => listener(signal);
    process.on(signal, handler);
    return () => process.off(signal, handler);
  });
  return {
    [Symbol.dispose]: () => {
      for (const remove of handlers) remove();
    },
  };
}

/** Whether whoever started this process had it ignore a signal, as nohup does; a listener would undo that. */
export function isIgnored(signal: NodeJS.Signals): boolean {
  const [, mask = "0"] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "latin1")) ?? [];
  return ((BigInt(`0x${mask}`) >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
}
