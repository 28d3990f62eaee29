import { rename } from "node:fs/promises";
import { dirname } from "node:path";
import * as v from "valibot";
import { removeAbandoned } from "../../../registry/layout/abandoned_files.ts";
import { orUndefined, writeDurably } from "../../../registry/layout/durable_file.ts";
import { messageOf } from "../../notation/thrown.ts";
import type { Log } from "../../runtime/log.ts";
import { readWhole } from "../state/record_folder.ts";
import { makeSharedFolder } from "../state/shared_folder.ts";
import { StateError } from "../state/state_error.ts";
import { UsageBook, type UsageDocument, usageSchema } from "./usage_book.ts";

/** Most that a file of usage has, in bytes: far more than a book writes. */
const largestFile = 16 * 1024 * 1024;

/**
 * Reads what is known of the use of images; nothing when there is no file. A file that makes no sense is put aside: what is
 * lost then is only the order in which images go.
 */
export async function readUsage(path: string, log: Log): Promise<UsageBook> {
  const document = await readDocument(path, log);
  await tidyUp(dirname(path), log);
  return new UsageBook(document);
}

/**
 * Writes what a book knows, with what others have written meanwhile. There is no lock, and none is needed: whoever writes
 * last has begun with an older file, and has noted all events since that one.
 */
export async function writeUsage(path: string, book: UsageBook, options: { nowMs: number; log: Log }): Promise<void> {
  const written = await readDocument(path, options.log);
  if (written !== undefined) book.merge(written);
  const text = `${JSON.stringify(book.toDocument(options.nowMs))}\n`;
  try {
    await makeSharedFolder(dirname(path));
    await writeDurably(path, text, "full");
  } catch (cause) {
    throw new StateError(`Cannot write "${path}": ${messageOf(cause)}`, { cause });
  }
}

/** Once for each book that is opened: whoever was killed while it wrote one has left a file. */
async function tidyUp(folder: string, log: Log): Promise<void> {
  try {
    await removeAbandoned(folder);
  } catch (error) {
    // What is to be read is there all the same.
    log.warn("what a killed process has left cannot be removed", { folder, why: messageOf(error) });
  }
}

async function readDocument(path: string, log: Log): Promise<UsageDocument | undefined> {
  try {
    const text = await orUndefined(readWhole(path, largestFile));
    return text === undefined ? undefined : parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw new StateError(`Cannot read "${path}": ${messageOf(cause)}`, { cause });
    const aside = `${path}.unusable`;
    log.warn("usage of images is begun anew", { path, aside, why: cause.message });
    await orUndefined(rename(path, aside));
    return undefined;
  }
}

function parse(text: string): UsageDocument {
  const result = v.safeParse(usageSchema, JSON.parse(text));
  if (result.success) return result.output;
  throw new SyntaxError(`${v.getDotPath(result.issues[0]) ?? "it"} is not what it should be`);
}
