import { ParameterFault, unexpected } from "../fault.ts";

/** Any text; an empty one is the daemon's default. */
export function parseText(text: string): string {
  return text;
}

/** A text that says something. */
export function parseName(text: string): string {
  if (text.trim() === "") throw new ParameterFault("is empty");
  return text;
}

/** A reader of texts of a form; empty ones too where `empty` is the daemon's default. */
export function matching(form: RegExp, expected: string): (text: string) => string {
  return (text) => {
    if (!form.test(text)) throw unexpected(text, expected);
    return text;
  };
}

/** A path from the root. */
export function parseAbsolutePath(text: string): string {
  if (!text.startsWith("/")) throw unexpected(text, "an absolute path");
  return text;
}
