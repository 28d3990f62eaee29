/** Numbers in [0, 1) that look random and are the same in every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Cuts bytes into about `count` pieces, some of them empty, at places that the seed decides. */
export function cutAtRandom(bytes: Uint8Array, count: number, seed: number): Uint8Array[] {
  const random = seededRandom(seed);
  const places = Array.from({ length: count - 1 }, () => Math.floor(random() * (bytes.length + 1)));
  const edges = [0, ...places.sort((a, b) => a - b), bytes.length];
  return edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));
}
