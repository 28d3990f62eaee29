import { createHash } from "node:crypto";
import type { ReadText } from "../reading_answers.ts";
import { html, type Markup } from "./markup.ts";
import { script } from "./script.ts";
import { style } from "./style.ts";

/** A page: what stands between its head and its end. */
export interface PageParts {
  readonly title: string;
  /** Above the title: how one came here. */
  readonly trail?: Markup;
  readonly body: Markup;
  /** Whether a part of it is put anew by a script. */
  readonly refreshes?: boolean;
  readonly status?: number;
}

const styleElement = literal("style", style);
const scriptElement = literal("script", script);

/** Nothing is loaded from anywhere, nothing runs but our script, and no other site can frame a page. */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${hash(style)}'`,
  `script-src 'sha256-${hash(script)}'`,
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

export function toDocument({ title, trail, body, refreshes, status }: PageParts): ReadText {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · mesos-docker registry</title>
${styleElement}
</head>
<body>
<header>
${trail && html`<p class="trail">${trail}</p>`}
<h1>${title}</h1>
</header>
<main>
${body}
</main>
<footer>mesos-docker registry</footer>
${refreshes === true && scriptElement}
</body>
</html>
`;
  return toAnswer(page, status);
}

/** A part of a page, for the script that asks for it. */
export function toFragment(part: Markup): ReadText {
  return toAnswer(part);
}

function toAnswer(markup: Markup, status = 200): ReadText {
  const headers = { "content-security-policy": policy, "referrer-policy": "same-origin" };
  return { status, contentType: "text/html; charset=utf-8", text: markup.toString(), headers };
}

/** An element whose text is not escaped, as browsers do not unescape it: it must be ours. */
function literal(name: "style" | "script", text: string): Markup {
  const strings = Object.assign([`<${name}>${text}</${name}>`], { raw: [] });
  return html(strings);
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}
