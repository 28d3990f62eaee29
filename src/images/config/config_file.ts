import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from "node:fs";
import type { Log } from "../../runtime/log.ts";
import { isWithin } from "../../runtime/path_tree.ts";
import { ConfigError, emptyConfig, type ImageConfig, parseConfig } from "./config.ts";
import { defaultConfigPath } from "./config_path.ts";
import { findConfigWarnings } from "./config_warnings.ts";

/** More than any configuration needs. */
const maxBytes = 1024 * 1024;

/** Which file is the configuration. */
export interface ConfigPlace {
  /** MESOS_DOCKER_CONFIG names another file, which must be there then. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** Where it is otherwise; nothing there means that nothing is said. */
  readonly defaultPath?: string;
  /** A folder that tasks write into: the file must not lie there, since it names programs and files with secrets. */
  readonly sandbox?: string;
}

/**
 * The operator's configuration, read again when the file has changed. While a changed file is broken, what was said before
 * goes on to hold, and the log tells so once for each state of the file.
 */
export class ConfigFile {
  readonly #path: string;
  readonly #place: ConfigPlace;
  #version: string | undefined;
  #config: ImageConfig = emptyConfig;

  private constructor(place: ConfigPlace) {
    this.#path = place.variables.MESOS_DOCKER_CONFIG || (place.defaultPath ?? defaultConfigPath);
    this.#place = place;
  }

  /** Throws {@link ConfigError} for a file that cannot be used, or was named and is not there. */
  static open(place: ConfigPlace): ConfigFile {
    const file = new ConfigFile(place);
    const version = file.#look();
    if (version === absent && place.variables.MESOS_DOCKER_CONFIG) {
      throw new ConfigError(file.#path, ["it does not exist"]);
    }
    file.#read(version);
    return file;
  }

  /** Its path, whether there is a file or not. */
  get path(): string {
    return this.#path;
  }

  /** What holds now. The same value as long as the file stays as it is. */
  get current(): ImageConfig {
    const version = this.#look();
    if (version === this.#version) return this.#config;
    try {
      this.#read(version);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#place.log.error(`${error.message}; what it said before goes on to hold`);
    }
    return this.#config;
  }

  /** Which state the file is in. */
  #look(): string {
    try {
      return toVersion(statSync(this.#path));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // A link to nothing is a file that got lost, not one that nobody wrote.
      const isAbsent = (code === "ENOENT" && !isLink(this.#path)) || code === "ENOTDIR";
      return isAbsent ? absent : `unreadable: ${code}`;
    }
  }

  #read(version: string): void {
    const isFirst = this.#version === undefined;
    this.#version = version;
    if (version === absent && isFirst) return;
    // Editors that write a file anew leave a moment without it, in which no rule may fall.
    if (version === absent) throw new ConfigError(this.#path, ["it is not there any more"]);
    this.#config = parseConfig(this.#readText(), this.#path);
    for (const { found } of findConfigWarnings(this.#config)) this.#place.log.warn(found);
  }

  #readText(): string {
    try {
      const place = realpathSync(this.#path);
      const { sandbox } = this.#place;
      if (sandbox !== undefined && isWithin(place, realpathSync(sandbox))) {
        throw new ConfigError(this.#path, ["it lies in the sandbox, where tasks could write it"]);
      }
      return readSmallFile(place, this.#path);
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      if (error instanceof TypeError) throw new ConfigError(this.#path, ["it is not in UTF-8"], { cause: error });
      const { code } = error as NodeJS.ErrnoException;
      throw new ConfigError(this.#path, [`it cannot be read: ${code}`], { cause: error });
    }
  }
}

const absent = "absent";

function toVersion({ ino, mtimeMs, ctimeMs, size }: Stats): string {
  return `${ino} ${mtimeMs} ${ctimeMs} ${size}`;
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** Asked of the open file, so that what is judged is what is read; a pipe is not waited for. */
function readSmallFile(place: string, name: string): string {
  const file = openSync(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw new ConfigError(name, ["it is no regular file"]);
    if ((stats.mode & 0o002) !== 0) throw new ConfigError(name, ["everybody may write it: chmod o-w mends that"]);
    const bytes = new Uint8Array(maxBytes + 1);
    let length = 0;
    while (length < bytes.length) {
      const count = readSync(file, bytes, length, bytes.length - length, length);
      if (count === 0) break;
      length += count;
    }
    if (length > maxBytes) throw new ConfigError(name, [`it has more than ${maxBytes} bytes`]);
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length));
  } finally {
    closeSync(file);
  }
}
