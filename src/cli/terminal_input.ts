import { Buffer } from "node:buffer";
import process from "node:process";
import type { Readable } from "node:stream";
import { UsageError } from "./usage_error.ts";

/** More is no password. */
const longestInputBytes = 64 * 1024;

/** A password on standard input: all of it but the line break at its end. */
export async function readPasswordInput(input: Readable = process.stdin): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of input) {
    size += piece.length;
    if (size > longestInputBytes) throw new UsageError(`Expected a password on standard input, found more than 64 KiB`);
    pieces.push(Buffer.from(piece));
  }
  const password = Buffer.concat(pieces)
    .toString("utf8")
    .replace(/\r?\n$/, "");
  if (password === "") throw new UsageError("Expected a password on standard input, found nothing");
  return password;
}

/** Whether there is somebody to ask. */
export function hasTerminal(): boolean {
  return process.stdin.isTTY === true;
}

/**
 * Asks on the terminal for one line; what is typed for a `secret` is not shown. Rejects when the terminal is closed, or at Ctrl-C
 * and Ctrl-D.
 */
export async function askTerminal(question: string, kind: "text" | "secret"): Promise<string> {
  const { stdin, stderr } = process;
  // Before the question: the terminal's own line editing would show what is typed.
  stdin.setRawMode?.(true);
  stderr.write(question);
  try {
    return await readLine(stdin, (text) => kind === "text" && stderr.write(text));
  } finally {
    stdin.setRawMode?.(false);
    stdin.pause();
    stderr.write("\n");
  }
}

function readLine(input: NodeJS.ReadStream, show: (text: string) => unknown): Promise<string> {
  return new Promise((resolve, reject) => {
    let line = "";
    const finish = (end: () => void) => {
      input.off("data", read);
      input.off("end", giveUp);
      end();
    };
    const giveUp = () => finish(() => reject(new Error("Cannot log in: nothing was entered")));
    const read = (bytes: Uint8Array) => {
      for (const character of Buffer.from(bytes).toString("utf8")) {
        if (character === "\r" || character === "\n") return finish(() => resolve(line));
        if (character === "\u0003" || character === "\u0004") return giveUp();
        if (character === "\u007f" || character === "\b") {
          if (line !== "") show("\b \b");
          line = [...line].slice(0, -1).join("");
        } else if (character >= " ") {
          line += character;
          show(character);
        }
      }
      if (line.length > longestInputBytes) giveUp();
    };
    input.on("data", read);
    input.once("end", giveUp);
    input.resume();
  });
}
