import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The compiled program. */
const path = fileURLToPath(new URL("../../dist/mesos-docker", import.meta.url));

/** Path of the compiled program, which tests take as they find it; throws when nobody has built it. */
export function findBinary(): string {
  if (existsSync(path)) return path;
  throw new Error(`Cannot test "${path}": it is missing, build it first (npm run build)`);
}
