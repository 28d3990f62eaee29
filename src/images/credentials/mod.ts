// Credentials for registries, from where Docker keeps them. It knows no Mesos.
export { CredentialsError, type CredentialsErrorCode } from "./credentials_error.ts";
export { type DockerConfig, findRegistryAuth, parseDockerConfig } from "./docker_config.ts";
export { type ExplainedSource, explainCredentials } from "./explained.ts";
export type { DistantConfig } from "./host_sources.ts";
export { findRegistryCertificates, type RegistryCertificates } from "./registry_certificates.ts";
export { hostCredentials, toCredentials } from "./registry_credentials.ts";
export { toRegistryPlace } from "./registry_place.ts";
export {
  type CredentialOrigin,
  type CredentialPlaces,
  type FindCredentialsOptions,
  findCredentials,
  findHostCredentials,
  findTaskCredentials,
} from "./sources.ts";
export { eraseLogin, type LoginPlace, storeLogin, toImage } from "./stored_logins.ts";
