// The Docker daemon for the rest of the program. It knows no Mesos.
export { AwayWarning } from "./away_warning.ts";
export type * from "./container_spec.ts";
export type * from "./engine.ts";
export {
  defaultEngineAddress,
  type EngineAddress,
  type EngineTls,
  type EngineTlsSettings,
  formatEngineAddress,
  isOnThisHost,
  parseEngineAddress,
} from "./engine_address.ts";
export type * from "./engine_documents.ts";
export { EngineError, type EngineErrorCode } from "./engine_error.ts";
export { defaultEngineDeadlines, type EngineDeadlines } from "./http/deadlines.ts";
export { type HttpEngineOptions, openEngine } from "./http_engine.ts";
export { findImageStore, type ImageStore } from "./image_store.ts";
export { isAnswerLost, type PatienceOptions, toPatientEngine } from "./patient_engine.ts";
