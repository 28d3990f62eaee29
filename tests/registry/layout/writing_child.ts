// Begins a file in the folder that is named, tells its name, and stays.
import { writeFile } from "node:fs/promises";
import { basename } from "node:path";
import process from "node:process";
import { temporaryPath } from "../../../registry/layout/temporary_name.ts";

const path = temporaryPath(process.argv[2] ?? "");
await writeFile(path, "half");
console.log(basename(path));
setInterval(() => undefined, 1000);
