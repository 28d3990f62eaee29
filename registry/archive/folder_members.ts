import { stat } from "node:fs/promises";
import { join } from "node:path";
import { orUndefined } from "../layout/durable_file.ts";
import { readFileStream } from "../layout/file_stream.ts";
import { corrupt, type Members, normalizeMemberName } from "./members.ts";

/** Files below a folder. What they hold is checked by whoever reads; that they are files, and not pipes or devices, is here. */
export function folderMembers(folder: string): Members {
  const pathOf = (name: string) => {
    if (normalizeMemberName(name) !== name) throw corrupt(folder, `"${name}" leads out of it`);
    return join(folder, name);
  };
  return {
    place: folder,
    stat: async (name) => {
      const found = await orUndefined(stat(pathOf(name)));
      if (found !== undefined && !found.isFile()) throw corrupt(folder, `"${name}" is no regular file`);
      return found?.size;
    },
    read: (name, span) => readFileStream(pathOf(name), { span }),
  };
}
