import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import type { ContainerOutput, OutputFrame } from "../../../src/docker/mod.ts";
import { OutputPosition } from "../../../src/executor/output/output_position.ts";

const frame = (text: string, stream: OutputFrame["stream"] = "stdout"): OutputFrame => ({
  stream,
  bytes: Buffer.from(text),
});

/** A log that gives these frames. */
function toLog(frames: readonly OutputFrame[]): ContainerOutput {
  return {
    async *[Symbol.asyncIterator]() {
      yield* frames;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function restOf(position: OutputPosition, frames: readonly OutputFrame[]): Promise<string> {
  const parts: string[] = [];
  for await (const { stream, bytes } of position.rest(toLog(frames), () => undefined)) {
    parts.push(`${stream === "stderr" ? "!" : ""}${Buffer.from(bytes)}`);
  }
  return parts.join("");
}

const long = "x".repeat(40_000);

/** What was had, what the log has, and what of that is new. */
const table: readonly [title: string, had: string[], log: string[], rest: string][] = [
  ["nothing was had", [], ["a\n", "b\n"], "a\nb\n"],
  ["all was had", ["a\n", "b\n"], ["a\n", "b\n"], ""],
  ["whole lines were had", ["a\n"], ["a\n", "b\n", "c\n"], "b\nc\n"],
  ["the log has other frames", ["a\nb", "\nc\n"], ["a\n", "b\n", "c\nd\n"], "d\n"],
  ["a line had not ended, and the log has it whole", ["a\n", "be"], ["a\n", "before\n"], "fore\n"],
  ["a line had not ended, and the log has lost it", ["a\n", "be"], ["a\n", "new\n"], "new\n"],
  ["a line had not ended, and the log has lost its end", ["a\n", "before"], ["a\n", "bex\n"], "x\n"],
  ["a line had not ended, in several parts", ["a\nb", "e", "fo"], ["a\n", "before\n"], "re\n"],
  ["there are no lines", [long], [long, "more"], "more"],
  ["there are no lines, in parts", [long, long], [long + long, "more"], "more"],
  ["there are no lines, and the log has lost the end", [long], [long.slice(0, 30_000), "more"], "more"],
  ["the log is shorter than what was had", ["a\n", "b\n"], ["a\n"], ""],
];

for (const [title, had, log, rest] of table) {
  test(`OutputPosition finds what is new when ${title}`, async () => {
    const position = new OutputPosition();
    for (const text of had) position.take(frame(text));
    assert.equal(
      await restOf(
        position,
        log.map((text) => frame(text)),
      ),
      rest,
    );
  });

  test(`OutputPosition finds what is new when ${title}, byte by byte`, async () => {
    const position = new OutputPosition();
    for (const text of had) for (const byte of text) position.take(frame(byte));
    assert.equal(
      await restOf(
        position,
        [...log.join("")].map((byte) => frame(byte)),
      ),
      rest,
    );
  });
}

test("OutputPosition keeps the streams apart", async () => {
  const position = new OutputPosition();
  position.take(frame("out\n"));
  position.take(frame("err", "stderr"));
  const log = [frame("error\n", "stderr"), frame("out\n"), frame("more\n"), frame("last\n", "stderr")];
  assert.equal(await restOf(position, log), "!or\nmore\n!last\n");
});

test("OutputPosition goes on after a second reading as after the first", async () => {
  const position = new OutputPosition();
  position.take(frame("a\n"));
  for await (const rest of position.rest(toLog([frame("a\n"), frame("b\n")]), () => undefined)) position.take(rest);
  assert.equal(await restOf(position, [frame("a\n"), frame("b\n"), frame("c\n")]), "c\n");
});
