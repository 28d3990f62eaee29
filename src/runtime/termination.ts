import process from "node:process";

/** Signals that ask a process to end. */
const terminationSignals = ["SIGTERM", "SIGINT"] as const;

/** Tells of SIGTERM and SIGINT, counted from 1, until disposed of; the process then ends by them again. */
export function onTermination(listener: (signal: string, count: number) => void): Disposable {
  let count = 0;
  const handlers = terminationSignals.map((signal) => {
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
