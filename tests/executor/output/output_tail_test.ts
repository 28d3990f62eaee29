import assert from "node:assert/strict";
import { test } from "node:test";
import { OutputTail } from "../../../src/executor/output/output_tail.ts";
import { seededRandom } from "../../fakes/seeded_random.ts";

/** What a tail tells after some chunks. */
function tailOf(...chunks: readonly (string | Uint8Array)[]): string {
  const tail = new OutputTail();
  for (const chunk of chunks) tail.add(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
  return tail.text;
}

/** `count` lines of 9 bytes, the newline among them: `line 0001`. */
function lines(from: number, to: number): string {
  const numbers = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  return numbers.map((number) => `line ${String(number).padStart(4, "0")}`).join("\n");
}

const long = (letter: string, length: number) => letter.repeat(length);

const cases: readonly [title: string, written: readonly (string | Uint8Array)[], text: string][] = [
  ["nothing", [], ""],
  ["empty chunks", ["", ""], ""],
  ["a line without its end", ["oh"], "oh"],
  ["a line, and its end", ["oh\n"], "oh"],
  ["blank lines at the end", ["oh\n\n\n"], "oh"],
  ["nothing but blank lines", ["\n\n\n"], ""],
  ["blank lines within", ["a\n\nb\n"], "a\n\nb"],
  ["a line in pieces", ["o", "h", "\n", "n", "o"], "oh\nno"],
  ["ten lines", [lines(1, 10)], lines(1, 10)],
  ["eleven lines", [`${lines(1, 11)}\n`], lines(2, 11)],
  ["very many lines", [lines(1, 9999)], lines(9990, 9999)],
  ["very many lines one by one", lines(1, 9999).split(/(?<=\n)/), lines(9990, 9999)],
  ["a line of 1 KiB", [`${long("x", 1024)}`], long("x", 1024)],
  ["a line of 1 KiB after another", [`before\n${long("x", 1024)}`], long("x", 1024)],
  ["a line that is longer", [`before\n${long("a", 10)}${long("x", 1024)}`], long("x", 1024)],
  ["a line that is far longer", [long("a", 100_000), long("x", 1024)], long("x", 1024)],
  ["a long line and its end", [long("a", 100_000), `${long("x", 1023)}\n`], long("x", 1023)],
  [
    "lines longer than 1 KiB together",
    [`${long("a", 400)}\n${long("b", 400)}\n${long("c", 400)}\n`],
    `${long("b", 400)}\n${long("c", 400)}`,
  ],
  ["a short line after a long one", [`${long("x", 5000)}\nthe end\n`], "the end"],
  ["text of several bytes", ["Käse 😀\n"], "Käse 😀"],
  ["a character in pieces", [Uint8Array.of(0xe2, 0x82), Uint8Array.of(0xac)], "€"],
  ["a long line of several bytes", [long("€", 1000)], long("€", 341)],
  ["bytes that are no text", [Uint8Array.of(0x61, 0xff, 0x80, 0x62)], "a\ufffd\ufffdb"],
  ["bytes that grow as text", [new Uint8Array(1000).fill(0xff)], long("\ufffd", 341)],
  ["a character that is cut off", [Uint8Array.of(0x61, 0xe2, 0x82)], "a\ufffd"],
  ["control characters", ["a\0b\x07c\x7fd\u0085e\tf\r\n"], "abcde\tf"],
  ["colours", ["\x1b[1;31mred\x1b[0m plain\x1b[K\n"], "red plain"],
  ["an escape that is no colour", ["\x1b]0;title\x07x"], "]0;titlex"],
  ["brackets after a line end", ["a\n[info] b\r[warn] c"], "a\n[info] b[warn] c"],
  ["a byte order mark", ["\ufeffa"], "\ufeffa"],
];

for (const [title, written, text] of cases) {
  test(`OutputTail after ${title}`, () => assert.equal(tailOf(...written), text));
}

test("OutputTail does not depend on how the output is cut, and keeps no chunk", () => {
  const random = seededRandom(3);
  const bytes = Uint8Array.from({ length: 20_000 }, () => (random() < 0.01 ? 10 : 97 + random() * 26));
  const whole = tailOf(bytes);
  for (let round = 0; round < 50; round++) {
    const tail = new OutputTail();
    const chunk = new Uint8Array(3000);
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + Math.floor(random() ** 3 * chunk.length));
      chunk.set(part);
      tail.add(chunk.subarray(0, part.length));
      chunk.fill(0);
      at += part.length;
    }
    assert.equal(tail.text, whole);
  }
  assert.ok(whole.length > 500 && whole.length <= 1024, whole);
});

test("OutputTail can be asked again and again", () => {
  const tail = new OutputTail();
  const texts = ["a\n", "b", "c\n"].map((text) => {
    tail.add(Buffer.from(text));
    return tail.text;
  });
  assert.deepEqual(texts, ["a", "a\nb", "a\nbc"]);
});
