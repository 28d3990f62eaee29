import { readFileSync } from "node:fs";

/**
 * When a process began, in clock ticks since boot (proc(5)), which with its pid names it for good; undefined when there is none, or
 * only a zombie that waits for its parent.
 */
export function readProcessStart(pid: number): string | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch (error) {
    // It may also end between the opening and the reading.
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
  // The command's name may hold blanks and brackets: fields are counted behind the last bracket.
  const [state, ...fields] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return state === "Z" || state === "X" ? undefined : fields[18];
}
