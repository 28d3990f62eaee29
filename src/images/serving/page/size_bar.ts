import { html, type Markup } from "./markup.ts";

/** Own and shared bytes as a bar, of which `most` fills the width; beside it the numbers stand as text. */
export function sizeBar({ own, all, most }: { own: number; all: number; most: number }): Markup {
  const width = (bytes: number) => (most === 0 ? 0 : Math.round((bytes / most) * 1000) / 10);
  const [first, whole] = [width(own), width(all)];
  return html`<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="shared" width="${whole}" height="6"/><rect class="own" width="${first}" height="6"/></svg>`;
}

/** What the colours of bars mean. */
export const sizeKey = html`<svg class="key" viewBox="0 0 1 1" aria-hidden="true"><rect class="own" width="1" height="1"/></svg> own, <svg class="key" viewBox="0 0 1 1" aria-hidden="true"><rect class="shared" width="1" height="1"/></svg> shared`;
