import { fstatSync } from "node:fs";
import { writeFully } from "../../runtime/descriptor_writer.ts";
import { beginAnew, type FileGenerations } from "./file_generations.ts";
import type { OutputTroubles } from "./output_troubles.ts";

/** Holds the descriptor that is written to. */
export interface OutputDescriptor {
  readonly fd: number;
  /** Takes the descriptor of the file that goes on. */
  replace(fd: number): void;
  close(): void;
}

/** How a file is kept small. */
export interface FileRotation extends FileGenerations {
  /** Size that no file exceeds, at least 1. */
  maxBytes: number;
}

/** A file ends with a line when one ends in its last eighth and in as many bytes before its limit. */
const nearBytes = 8192;

const newline = 0x0a;

/**
 * One stream of a task's output in a file, or in the several files that it is rotated through: all of them in order
 * hold every byte that was written, and none is larger than the limit. A line is cut only when it is long, or when its
 * beginning had been written before its end came. What cannot be written is counted and never thrown.
 */
export class OutputFile {
  readonly #descriptor: OutputDescriptor;
  readonly #troubles: OutputTroubles;
  readonly #rotation: FileRotation | undefined;
  #capBytes: number;
  #lastByte = newline;

  constructor(
    descriptor: OutputDescriptor,
    { troubles, rotation }: { troubles: OutputTroubles; rotation?: FileRotation | undefined },
  ) {
    this.#descriptor = descriptor;
    this.#troubles = troubles;
    this.#rotation = rotation;
    this.#capBytes = rotation?.maxBytes ?? Number.POSITIVE_INFINITY;
  }

  /** Appends bytes; one call at a time. */
  async append(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    // Asked each time: lines of the log come in as well, and users empty files that have become too large.
    let size = this.#findSize();
    while (this.#rotation && size + rest.length > this.#capBytes) {
      const part = rest.subarray(0, this.#findCut(rest, this.#rotation, size));
      const written = await this.#write(part, size);
      rest = rest.subarray(part.length);
      size += written;
      // Nothing is put aside, and in the end removed, for what a full disk has not taken.
      if (written === part.length) size = this.#rotate(this.#rotation, size);
    }
    await this.#write(rest, size);
  }

  /** Ends the writing; the process' own streams stay open. */
  close(): void {
    this.#attempt(() => this.#descriptor.close());
  }

  /** Gives how many bytes are in the file now. */
  async #write(bytes: Uint8Array, sizeBefore: number): Promise<number> {
    if (bytes.length === 0) return 0;
    this.#lastByte = bytes.at(-1) ?? newline;
    try {
      await writeFully(this.#descriptor.fd, bytes);
      return bytes.length;
    } catch (error) {
      const written = Math.min(bytes.length, Math.max(0, this.#findSize() - sizeBefore));
      this.#troubles.lost(bytes.length - written, error);
      return written;
    }
  }

  /** How many bytes go into the current file before it is put aside: up to a line's end if one is near. */
  #findCut(bytes: Uint8Array, { maxBytes }: FileRotation, size: number): number {
    const room = Math.max(0, this.#capBytes - size);
    const lineEnd = bytes.subarray(0, room).lastIndexOf(newline) + 1;
    const isLineEnd = lineEnd > 0 || (size > 0 && this.#lastByte === newline);
    const isNear = room - lineEnd <= Math.min(nearBytes, maxBytes / 8);
    return isLineEnd && isNear ? lineEnd : room;
  }

  /** Begins a new file and gives its size: a container that writes into it as well is not waited for. */
  #rotate(rotation: FileRotation, size: number): number {
    const { fd } = this.#descriptor;
    let next: number;
    try {
      next = beginAnew(rotation, fd);
    } catch (error) {
      this.#troubles.unlimited(rotation.name, error);
      // What is in the way may go away: tried again when as much has come once more.
      this.#capBytes = size + rotation.maxBytes;
      return size;
    }
    this.#capBytes = rotation.maxBytes;
    if (next !== fd) this.#attempt(() => this.#descriptor.replace(next));
    return 0;
  }

  #attempt(closing: () => void): void {
    try {
      closing();
    } catch (error) {
      this.#troubles.unclosed(error);
    }
  }

  /** Of a pipe, and of a descriptor that is not open, it is always 0. */
  #findSize(): number {
    try {
      return fstatSync(this.#descriptor.fd).size;
    } catch {
      // The write that follows fails as well, and that is told.
      return 0;
    }
  }
}
