const maxIdLength = 255;

/** What is wrong with an id: ids name directories (contract A.13). */
export function* idFaults(what: string, id: string | undefined): Generator<string> {
  if (!id) return yield `its ${what} is empty`;
  if (id.length > maxIdLength) yield `its ${what} is longer than ${maxIdLength} characters`;
  if (id === "." || id === "..") yield `its ${what} is "${id}"`;
  const isForbidden = [...id].some((char) => char === "/" || char === "\\" || char < " " || char === "\x7f");
  if (isForbidden) yield `its ${what} contains a slash or control character`;
}
