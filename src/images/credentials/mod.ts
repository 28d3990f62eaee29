// Credentials for registries, from where Docker keeps them. It knows no Mesos.
export { CredentialsError, type CredentialsErrorCode } from "./credentials_error.ts";
export { type DockerConfig, findRegistryAuth, parseDockerConfig } from "./docker_config.ts";
export { findRegistryCertificates, type RegistryCertificates } from "./registry_certificates.ts";
export { findRegistryCredentials } from "./registry_credentials.ts";
export { type CredentialPlaces, type FindCredentialsOptions, findCredentials } from "./sources.ts";
