/** Public API: Mesos' executor API from both sides, the values that travel on it, and registries of images. */

export * from "./registry/mod.ts";
export { type ExecutorOptions, formatDocument, runExecutor, type TaskDocument } from "./src/executor/mod.ts";
export {
  AgentError,
  type AgentErrorCode,
  decodeRecords,
  EnvironmentError,
  type ExecutorEnvironment,
  encodeRecord,
  formatDuration,
  isUnderAgent,
  parseDuration,
  RecordDecoder,
  RecordError,
  readExecutorEnvironment,
  type Variables,
} from "./src/mesos/mod.ts";
export type { Log, LogFields } from "./src/runtime/log.ts";
export { createLog, type LogFormat, type LogLevel } from "./src/runtime/log_lines.ts";
