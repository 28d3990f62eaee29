import type { Bench } from "../row.ts";

/** Does what has the daemon get an image, and removes that again: nothing is left of it there, whatever name it has. */
export async function removedAfter<T>({ engine }: Bench, image: string, work: () => Promise<T>): Promise<T> {
  const result = await work();
  const found = await engine.inspectImage(image);
  if (found === undefined) throw new Error(`"${image}" was to be got, and is not there`);
  await engine.removeImage(found.Id, { force: true });
  return result;
}
