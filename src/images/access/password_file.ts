import { createHmac, randomBytes } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { compare } from "bcryptjs";
import { RegistryError } from "../../../registry/mod.ts";
import type { Log } from "../../runtime/log.ts";
import { type PasswordHashes, parseBasic, parseHtpasswd } from "./htpasswd.ts";

/** Proven passwords that are remembered: a client sends its own with each of a hundred requests of one pull. */
const mostRemembered = 1000;

/** Of no password that anybody has: names that are not in the file take as long as those that are. */
const nobody = "$2b$10$abcdefghijklmnopqrstuuWyFu.JXxVWRKjZkF8DUDMm3NvQ2u9Nu";

/** A state of the file, and who has proven to be in it. */
interface Reading {
  readonly version: string;
  readonly hashes: Promise<PasswordHashes>;
  readonly proven: Map<string, Promise<boolean>>;
}

/** Checks requests against an htpasswd file, which is read again when it has changed. */
export class PasswordFile {
  readonly #path: string;
  readonly #log: Log;
  /** Passwords are remembered as codes under this key alone. */
  readonly #key = randomBytes(32);
  #reading: Reading | undefined;

  private constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
  }

  /** Rejects with the file's fault. */
  static async open(path: string, log: Log): Promise<PasswordFile> {
    const file = new PasswordFile(path, log);
    await (await file.#read()).hashes;
    return file;
  }

  /**
   * Gives the name, when the request has it and the password of a line of the file. UNAUTHORIZED else; UNAVAILABLE while the file is broken,
   * as half a file lets in whom it should not.
   */
  async admit(authorization: string | undefined): Promise<string> {
    const given = parseBasic(authorization);
    if (given === undefined) throw refusal("expected a name and a password");
    if (!(await this.#isProven(given))) throw refusal("the name or the password is wrong");
    return given.name;
  }

  async #isProven({ name, password }: { name: string; password: string }): Promise<boolean> {
    const { hashes, proven } = await this.#readSound();
    const code = createHmac("sha256", this.#key).update(`${name}:${password}`).digest("base64");
    const known = proven.get(code);
    if (known !== undefined) return await known;
    const checking = hashes.then((all) => compare(password, all.get(name) ?? nobody).then((ok) => ok && all.has(name)));
    proven.set(code, checking);
    try {
      const isRight = await checking;
      if (!isRight) proven.delete(code);
      return isRight;
    } catch (error) {
      proven.delete(code);
      throw error;
    } finally {
      const [oldest] = proven.keys();
      if (proven.size > mostRemembered && oldest !== undefined) proven.delete(oldest);
    }
  }

  async #readSound(): Promise<Reading> {
    try {
      const reading = await this.#read();
      await reading.hashes;
      return reading;
    } catch (error) {
      throw new RegistryError("UNAVAILABLE", "Cannot check credentials: the password file cannot be used", {
        cause: error,
      });
    }
  }

  async #read(): Promise<Reading> {
    const version = await stat(this.#path).then(
      ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
      (error: Error) => error.message,
    );
    if (this.#reading?.version === version) return this.#reading;
    const hashes = this.#load();
    // Told once for each state of the file; whoever opens it is told by a rejection, and whoever asks as well.
    const isOpened = this.#reading !== undefined;
    hashes.catch((error: unknown) => {
      if (isOpened) this.#log.error("cannot use password file", { error: RegistryError.from(error).message });
    });
    this.#reading = { version, hashes, proven: new Map() };
    return this.#reading;
  }

  async #load(): Promise<PasswordHashes> {
    const text = await readFile(this.#path, "utf8").catch((cause: Error) => {
      throw new Error(`Cannot read password file "${this.#path}": ${cause.message}`, { cause });
    });
    return parseHtpasswd(text, this.#path);
  }
}

function refusal(found: string): RegistryError {
  return new RegistryError("UNAUTHORIZED", `Cannot admit the request: ${found}`);
}
