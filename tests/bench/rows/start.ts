import { measurePairs } from "../pairs.ts";
import type { Row } from "../row.ts";
import { runToEnd, runToSubscribe } from "../start.ts";
import { openSubscribeTrap } from "../subscribe_trap.ts";

/** What a program costs that starts once per task, until it says its first word. */
export const startRow: Row = {
  name: "start",
  title: "exec to SUBSCRIBE; peer: the whole life of an empty program, compiled with the same flags",
  async measure(bench) {
    const empty = await bench.compile("export {};\n");
    await using trap = await openSubscribeTrap();
    const { ours, peer } = await measurePairs({
      pairs: 25,
      warmUp: 3,
      ours: () => runToSubscribe(bench, trap),
      peer: () => runToEnd(empty),
      signal: bench.signal,
    });
    return [
      {
        name: "CPU, all threads, ended ones too",
        unit: "ms",
        ours: ours.map(({ cpuMs }) => cpuMs),
        peer: peer.map(({ cpuMs }) => cpuMs),
        goal: { kind: "difference", atMost: 25 },
      },
      {
        name: "wall",
        unit: "ms",
        ours: ours.map(({ wallMs }) => wallMs),
        peer: peer.map(({ wallMs }) => wallMs),
      },
    ];
  },
};
