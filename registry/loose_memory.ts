/** Memory whose giver has no more to do with it: how many of its bytes somebody may still look at. */
const loose = new WeakMap<ArrayBufferLike, number>();

/**
 * Says that nobody but who gets these bytes, and the others of their memory, has that memory: it may be freed as soon as all of it was
 * used, long before a collection of garbage would.
 */
export function giveAway({ buffer }: Uint8Array): void {
  if (!loose.has(buffer)) loose.set(buffer, buffer.byteLength);
}

/** Is done with bytes, and frees their memory when that was given away and these were the last of it. Nobody may have the bytes any more. */
export function letGo(bytes: Uint8Array): void {
  const { buffer, byteLength } = bytes;
  const left = loose.get(buffer);
  if (left === undefined) return;
  if (left !== byteLength) loose.set(buffer, left - byteLength);
  else if (takeOver(buffer)) free(buffer);
}

/** Whether the memory was given away; from then on it is the caller's, who may free it. */
export function takeOver(buffer: ArrayBufferLike): boolean {
  return loose.delete(buffer);
}

/** Frees memory that was taken over. Whoever still has bytes of it finds none. */
export function free(buffer: ArrayBufferLike): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
