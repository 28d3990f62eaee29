/**
 * Does `work` for each item, so many at once, in their order. The first failure lets what runs come to an end, begins nothing
 * more, and is thrown.
 */
export async function eachAtOnce<T>(
  items: Iterable<T>,
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items[Symbol.iterator]();
  let failure: { error: unknown } | undefined;
  let isAllBegun = false;
  const worker = async () => {
    for (let next = rest.next(); !failure; next = rest.next()) {
      if (next.done) {
        isAllBegun = true;
        return;
      }
      try {
        await work(next.value);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  const workers: Promise<void>[] = [];
  // Whoever sets no limit may name any number.
  while (workers.length < atOnce && !isAllBegun) workers.push(worker());
  await Promise.all(workers);
  if (failure) throw failure.error;
}
