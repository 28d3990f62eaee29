/** Calls back once when nothing was touched for a while. One timer, however many pieces pass. */
export class IdleWatch {
  readonly #onIdle: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #limitMs = 0;
  #touchedMs = 0;
  #paused = false;
  fired = false;

  constructor(onIdle: () => void) {
    this.#onIdle = onIdle;
  }

  start(limitMs: number): void {
    this.stop();
    this.#limitMs = limitMs;
    this.touch();
    this.#arm(limitMs);
  }

  touch(): void {
    this.#touchedMs = performance.now();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.touch();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(delayMs: number): void {
    this.#timer = setTimeout(() => {
      const left = this.#paused ? this.#limitMs : this.#limitMs - (performance.now() - this.#touchedMs);
      if (left > 1) return this.#arm(left);
      this.fired = true;
      this.#onIdle();
    }, delayMs);
  }
}
