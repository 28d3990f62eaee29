/** Turns of the event loop that are waited for what must come; a turn costs microseconds. */
const patience = 500;

/** Lets the program go on until something is so; throws when that does not come. */
export async function until(condition: () => boolean, what = String(condition)): Promise<void> {
  for (let turn = 0; turn < patience; turn++) {
    if (condition()) return;
    await nextTurn();
  }
  throw new Error(`Cannot go on: this did not come to be: ${what}`);
}

/** Lets everything happen that does not wait for a clock: for tests that something does not happen. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await nextTurn();
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
