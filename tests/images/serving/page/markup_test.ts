import assert from "node:assert/strict";
import { test } from "node:test";
import { html } from "../../../../src/images/serving/page/markup.ts";

test("html escapes whatever is put into it, in text and in attributes, and keeps what html made", () => {
  const bad = `<script>"'&`;
  const inner = html`<b title="${bad}">${bad}</b>`;
  const escaped = "&#60;script&#62;&#34;&#39;&#38;";
  assert.equal(html`<p>${inner}</p>`.toString(), `<p><b title="${escaped}">${escaped}</b></p>`);
});

test("html puts lists one after the other, numbers as they are, and nothing for what is left out", () => {
  assert.equal(html`${[1, "<", html`<i>`, [2]]}${undefined}${false}`.toString(), "1&#60;<i>2");
});
