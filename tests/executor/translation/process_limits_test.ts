import assert from "node:assert/strict";
import { test } from "node:test";
import { RLimitInfo_RLimit_Type as Type } from "../../../src/mesos/protocol.ts";
import type { ContainerInit, Plain, TaskInit } from "../task_specimen.ts";
import { assertRefused, readBody, readHost, translate } from "./translation_specimen.ts";

type Limits = Plain<NonNullable<Plain<ContainerInit["rlimitInfo"]>["rlimits"]>[number]>[];

const said = (rlimits: Limits): TaskInit => ({ container: { docker: { image: "busybox" }, rlimitInfo: { rlimits } } });

const names = {
  RLMT_AS: "as",
  RLMT_CORE: "core",
  RLMT_CPU: "cpu",
  RLMT_DATA: "data",
  RLMT_FSIZE: "fsize",
  RLMT_LOCKS: "locks",
  RLMT_MEMLOCK: "memlock",
  RLMT_MSGQUEUE: "msgqueue",
  RLMT_NICE: "nice",
  RLMT_NOFILE: "nofile",
  RLMT_NPROC: "nproc",
  RLMT_RSS: "rss",
  RLMT_RTPRIO: "rtprio",
  RLMT_RTTIME: "rttime",
  RLMT_SIGPENDING: "sigpending",
  RLMT_STACK: "stack",
} as const satisfies Record<Exclude<keyof typeof Type, "UNKNOWN">, string>;

for (const [type, name] of Object.entries(names)) {
  test(`toTaskSpec() limits ${name} by ${type}`, () => {
    const limit = { type: Type[type as keyof typeof names], soft: 1024n, hard: 4096n };
    assert.deepEqual(readHost(said([limit])).Ulimits, [{ Name: name, Soft: 1024, Hard: 4096 }]);
  });
}

const infinity = 2n ** 64n - 1n;

const values: readonly { title: string; soft?: bigint; hard?: bigint; expected: { Soft: number; Hard: number } }[] = [
  { title: "both or none: unlimited", expected: { Soft: -1, Hard: -1 } },
  { title: "zero", soft: 0n, hard: 0n, expected: { Soft: 0, Hard: 0 } },
  { title: "soft and hard alike", soft: 7n, hard: 7n, expected: { Soft: 7, Hard: 7 } },
  { title: "no hard limit by infinity", soft: 7n, hard: infinity, expected: { Soft: 7, Hard: -1 } },
  { title: "no limit by infinity", soft: infinity, hard: infinity, expected: { Soft: -1, Hard: -1 } },
  { title: "the largest number", soft: 1n, hard: 2n ** 53n - 1n, expected: { Soft: 1, Hard: 2 ** 53 - 1 } },
];

for (const { title, expected, ...limit } of values) {
  test(`toTaskSpec() understands a process limit of ${title}`, () => {
    assert.deepEqual(readHost(said([{ type: Type.RLMT_NOFILE, ...limit }])).Ulimits, [{ Name: "nofile", ...expected }]);
  });
}

test("toTaskSpec() keeps the order of process limits", () => {
  const { Ulimits } = readHost(said([{ type: Type.RLMT_STACK }, { type: Type.RLMT_CORE, soft: 0n, hard: 0n }]));
  assert.deepEqual(
    Ulimits?.map(({ Name }) => Name),
    ["stack", "core"],
  );
});

const faults: readonly { limit: Limits[number]; found: string }[] = [
  { limit: { soft: 1n, hard: 1n }, found: "a limit has no type that is known" },
  { limit: { type: Type.UNKNOWN, soft: 1n, hard: 1n }, found: "a limit has no type that is known" },
  { limit: { type: 99 as Type, soft: 1n, hard: 1n }, found: "a limit has no type that is known" },
  { limit: { type: Type.RLMT_CPU, soft: 1n }, found: "cpu needs both of soft and hard, or none" },
  { limit: { type: Type.RLMT_CPU, hard: 1n }, found: "cpu needs both of soft and hard, or none" },
  { limit: { type: Type.RLMT_CPU, soft: 2n, hard: 1n }, found: "cpu has soft 2 above hard 1" },
  { limit: { type: Type.RLMT_CPU, soft: infinity, hard: 1n }, found: `cpu has soft ${infinity} above hard 1` },
];

for (const { limit, found } of faults) {
  test(`toTaskSpec() refuses a process limit where ${found}, type ${limit.type}`, () => {
    assertRefused(said([limit]), { code: "invalid", message: `Cannot use container.rlimit_info: ${found}` });
  });
}

const withTerminal = (ttyInfo?: ContainerInit["ttyInfo"]): TaskInit => ({
  container: { docker: { image: "busybox" }, ...(ttyInfo ? { ttyInfo } : {}) },
});

test("toTaskSpec() asks for a terminal of the size that the task says", () => {
  const init = withTerminal({ windowSize: { rows: 50, columns: 132 } });
  assert.equal(readBody(init).Tty, true);
  assert.deepEqual(translate(init).terminal, { rows: 50, columns: 132 });
});

test("toTaskSpec() asks for a terminal without a size", () => {
  assert.equal(readBody(withTerminal({})).Tty, true);
  assert.equal(translate(withTerminal({})).terminal, undefined);
});

test("toTaskSpec() asks for no terminal when the task does not", () => {
  assert.equal("Tty" in readBody(withTerminal()), false);
});
