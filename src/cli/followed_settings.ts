import type { ImageConfig } from "../images/config/config.ts";
import type { ConfigFile } from "../images/config/config_file.ts";
import type { Followed } from "../runtime/followed.ts";
import type { Log } from "../runtime/log.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Settings of flags and the configuration, made anew when that has changed. While flags and what the file says now cannot
 * hold together, what held before goes on to hold, and the log tells so once.
 */
export class FollowedSettings<T> implements Followed<T> {
  readonly #file: ConfigFile;
  readonly #toSettings: (config: ImageConfig) => T;
  readonly #log: Log;
  #config: ImageConfig;
  #value: T;

  /** `toSettings` throws UsageError for what cannot hold together; here it comes through. */
  constructor(file: ConfigFile, toSettings: (config: ImageConfig) => T, log: Log) {
    this.#file = file;
    this.#toSettings = toSettings;
    this.#log = log;
    this.#config = file.current;
    this.#value = toSettings(this.#config);
  }

  get value(): T {
    return this.#value;
  }

  look(): boolean {
    const config = this.#file.current;
    if (config === this.#config) return false;
    this.#config = config;
    try {
      this.#value = this.#toSettings(config);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      this.#log.error(`${error.message}; what held before goes on to hold`);
      return false;
    }
    this.#log.info("what the configuration says has changed", { file: this.#file.path });
    return true;
  }
}
