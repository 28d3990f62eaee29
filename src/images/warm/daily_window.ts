import type { Clock, Timer } from "../../runtime/clock.ts";

/** A span of each day, by this machine's clock on the wall; one that ends before it begins goes over midnight. */
export interface DailyWindow {
  /** Minutes since midnight. */
  readonly from: number;
  readonly to: number;
}

/** Reads `22:00-06:00`. Throws SyntaxError. */
export function parseDailyWindow(text: string): DailyWindow {
  const [, ...words] = /^(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$/.exec(text) ?? [];
  const [fromHour = 99, fromMinute = 99, toHour = 99, toMinute = 99] = words.map(Number);
  const [from, to] = [fromHour * 60 + fromMinute, toHour * 60 + toMinute];
  const isTime = fromHour < 24 && toHour < 24 && fromMinute < 60 && toMinute < 60;
  if (isTime && from !== to) return { from, to };
  throw new SyntaxError(`Cannot parse window "${text}": expected two times of day such as 22:00-06:00`);
}

/** When it opens, such as `22:00`. */
export function formatOpening({ from }: DailyWindow): string {
  return [Math.floor(from / 60), from % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

/** Whether it is open. */
export function isOpen({ from, to }: DailyWindow, nowMs: number): boolean {
  const now = new Date(nowMs);
  const minute = now.getHours() * 60 + now.getMinutes();
  return from < to ? from <= minute && minute < to : from <= minute || minute < to;
}

/** Calls `change` with whether it is open, now and whenever that changes, until disposed of. */
export function followWindow(window: DailyWindow, clock: Clock, change: (isOpen: boolean) => void): Disposable {
  let timer: Timer;
  const look = () => {
    change(isOpen(window, clock.now()));
    // Clocks are set, and summer time comes: a look each minute is right whatever happens.
    timer = clock.schedule(60_000 - (clock.now() % 60_000), look);
  };
  look();
  return { [Symbol.dispose]: () => timer.cancel() };
}
