/** HTML that may be put into a page as it is; only {@link html} makes it. */
export class Markup {
  readonly #text: string;

  constructor(strings: readonly string[], values: readonly Part[]) {
    this.#text = strings.map((string, at) => string + (at < values.length ? toText(values[at]) : "")).join("");
  }

  toString(): string {
    return this.#text;
  }
}

/** What a template takes: texts and numbers are escaped, lists are put one after the other, and nothing is left out. */
export type Part = Markup | string | number | undefined | false | readonly Part[];

/** A template of HTML; whatever is put into it is escaped for text and for quoted attributes. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Markup {
  return new Markup(strings, values);
}

function toText(part: Part): string {
  if (part === undefined || part === false) return "";
  if (part instanceof Markup) return part.toString();
  if (typeof part === "object") return part.map(toText).join("");
  return String(part).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
