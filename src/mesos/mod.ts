/** Mesos' v1 executor API: both of its sides, and the values that travel on it. */

export { formatDuration, parseDuration } from "../notation/duration.ts";
export { AgentError, type AgentErrorCode } from "./agent_error.ts";
export {
  EnvironmentError,
  type ExecutorEnvironment,
  isUnderAgent,
  readExecutorEnvironment,
  type Variables,
} from "./environment.ts";
export { decodeRecords, encodeRecord, RecordDecoder, RecordError } from "./recordio.ts";
