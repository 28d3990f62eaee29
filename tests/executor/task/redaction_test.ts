import assert from "node:assert/strict";
import { test } from "node:test";
import { hideSecrets } from "../../../src/executor/task/redaction.ts";

const table: readonly { title: string; text: string; secrets: string[]; told: string }[] = [
  { title: "nothing without secrets", text: "a b", secrets: [], told: "a b" },
  { title: "nothing for a secret that is empty", text: "a b", secrets: [""], told: "a b" },
  { title: "every occurrence", text: "xs3cretx s3cret", secrets: ["s3cret"], told: "x[secret]x [secret]" },
  { title: "what regular expressions would read", text: "a.b*c axbc", secrets: ["a.b*c"], told: "[secret] axbc" },
  { title: "several secrets", text: "one two", secrets: ["one", "two"], told: "[secret] [secret]" },
  {
    title: "a secret that begins with another, whatever their order",
    text: "abcdef abc",
    secrets: ["abc", "abcdef"],
    told: "[secret] [secret]",
  },
  {
    title: "a secret without the newline at its end",
    text: "got s3cret!",
    secrets: ["s3cret\n"],
    told: "got [secret]!",
  },
  {
    title: "lines of a secret whose others are not told",
    text: "MIIEvQIBADAN\n-----END KEY-----",
    secrets: ["-----BEGIN KEY-----\nMIIEvQIBADAN\n-----END KEY-----\n"],
    told: "[secret]\n[secret]",
  },
  { title: "no line that could be anywhere", text: "{ a }", secrets: ["{\n}\nlong enough"], told: "{ a }" },
];

for (const { title, text, secrets, told } of table) {
  test(`hideSecrets() hides ${title}`, () => {
    assert.equal(hideSecrets(text, secrets), told);
  });
}
