/** What the program says about itself: one line per event, never a secret. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Facts beside the message, in the order in which they are written. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

const ignore = () => undefined;

/** Says nothing: for tests and for library users who want silence. */
export const silentLog: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
