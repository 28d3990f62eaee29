import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { splitWords } from "../../../../src/executor/translation/carriers/words.ts";

const lines: { line: string; words: string[] }[] = [
  { line: "busybox echo hi", words: ["busybox", "echo", "hi"] },
  { line: " \t a \t b\t", words: ["a", "b"] },
  { line: "", words: [] },
  { line: "   ", words: [] },
  { line: "a '' \"\" b", words: ["a", "", "", "b"] },
  { line: `'a b' "c d"`, words: ["a b", "c d"] },
  { line: `a'b c'"d e"f`, words: ["ab cd ef"] },
  { line: `'a"b' "c'd"`, words: [`a"b`, "c'd"] },
  { line: String.raw`'a\b' 'c\\'`, words: [String.raw`a\b`, String.raw`c\\`] },
  { line: String.raw`a\ b \'c \"d \\e \f`, words: ["a b", "'c", '"d', String.raw`\e`, "f"] },
  {
    line: String.raw`"a\"b" "c\\d" "e\$f" "g\nh" "i\'j" "k\ l"`,
    words: ['a"b', String.raw`c\d`, "e$f", String.raw`g\nh`, String.raw`i\'j`, String.raw`k\ l`],
  },
  { line: '"a\\`b"', words: ["a`b"] },
  { line: "a\\\nb", words: ["ab"] },
  { line: "a \\\n b", words: ["a", "b"] },
  { line: '"a\\\nb"', words: ["ab"] },
  { line: "'a\nb'", words: ["a\nb"] },
  { line: "-v /a:/b --name=x", words: ["-v", "/a:/b", "--name=x"] },
  { line: "ä'ö ü'☃", words: ["äö ü☃"] },
];

for (const { line, words } of lines) {
  test(`splitWords() splits ${JSON.stringify(line)}`, () => {
    assert.deepEqual(splitWords(line), words);
  });

  test(`splitWords() splits ${JSON.stringify(line)} as this machine's shell does`, () => {
    // The empty word in front keeps printf from printing once for no words.
    const printed = execFileSync("/bin/sh", ["-c", `printf '%s\\0' '' ${line}`]).toString("utf8");
    assert.deepEqual(splitWords(line), printed.split("\0").slice(1, -1));
  });
}

test("splitWords() takes a line's end for a gap, where a shell would end the command", () => {
  assert.deepEqual(splitWords("a\r\nb\n"), ["a", "b"]);
});

test("splitWords() leaves alone what a shell would act on", () => {
  assert.deepEqual(splitWords('$HOME "$HOME" *.c #x a;b >f `date`'), [
    "$HOME",
    "$HOME",
    "*.c",
    "#x",
    "a;b",
    ">f",
    "`date`",
  ]);
});

const broken: { line: string; message: string }[] = [
  { line: "secret 'a b", message: "the quote at 8 is not closed" },
  { line: 'secret "a b', message: "the quote at 8 is not closed" },
  { line: '"a\\"', message: "the quote at 1 is not closed" },
  { line: "secret \\", message: "the backslash at 8 has nothing behind it" },
];

for (const { line, message } of broken) {
  test(`splitWords() refuses ${JSON.stringify(line)}`, () => {
    assert.throws(() => splitWords(line), { name: "SyntaxError", message });
  });
}
