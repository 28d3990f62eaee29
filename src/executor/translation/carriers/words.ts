/**
 * Splits a line into words as a POSIX shell quotes them: `'…'` is literal, `"…"` keeps backslashes but before `$`, a
 * backquote, `"`, `\` and a line's end, and outside of quotes a backslash makes the next character literal. It is no
 * shell: variables, globs, comments and operators are plain text. Throws SyntaxError, without a word of the line, when
 * a quote is not closed or a backslash has nothing behind it.
 */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length; ) {
    const piece = readPiece(line, at);
    if (piece.kind === "gap") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (piece.kind === "text") {
      word = (word ?? "") + piece.text;
    }
    at = piece.end;
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** Part of a line: text of a word, what separates words, or a line's end that a backslash takes away. */
type Piece = { kind: "text"; text: string; end: number } | { kind: "gap" | "nothing"; end: number };

function readPiece(line: string, at: number): Piece {
  const character = line.charAt(at);
  if (/[ \t\r\n]/.test(character)) return { kind: "gap", end: at + 1 };
  if (character === "'") return readLiteral(line, at);
  if (character === '"') return readQuoted(line, at);
  if (character !== "\\") return { kind: "text", text: character, end: at + 1 };
  const next = line.charAt(at + 1);
  if (next === "") throw new SyntaxError(`the backslash at ${at + 1} has nothing behind it`);
  return next === "\n" ? { kind: "nothing", end: at + 2 } : { kind: "text", text: next, end: at + 2 };
}

function readLiteral(line: string, at: number): Piece {
  const end = line.indexOf("'", at + 1);
  if (end < 0) throw unclosed(at);
  return { kind: "text", text: line.slice(at + 1, end), end: end + 1 };
}

function readQuoted(line: string, start: number): Piece {
  let text = "";
  for (let at = start + 1; at < line.length; at++) {
    const character = line.charAt(at);
    if (character === '"') return { kind: "text", text, end: at + 1 };
    const next = line.charAt(at + 1);
    if (character !== "\\" || !/[$`"\\\n]/.test(next)) {
      text += character;
      continue;
    }
    if (next !== "\n") text += next;
    at++;
  }
  throw unclosed(start);
}

function unclosed(at: number): SyntaxError {
  return new SyntaxError(`the quote at ${at + 1} is not closed`);
}
