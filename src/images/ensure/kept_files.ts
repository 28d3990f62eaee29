import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Digest, KeptUploads } from "../../../registry/mod.ts";

/** Remembers uploads in files beside them, for one repository. */
export class KeptFiles implements KeptUploads {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async find(_repository: string, digest: Digest): Promise<string | undefined> {
    return await readFile(this.#path(digest), "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
  }

  async note(_repository: string, digest: Digest, id: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    await writeFile(this.#path(digest), id);
  }

  async forget(_repository: string, digest: Digest): Promise<void> {
    await rm(this.#path(digest), { force: true });
  }

  #path(digest: Digest): string {
    return join(this.#folder, digest.replace(":", "-"));
  }
}
