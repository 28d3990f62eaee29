/** One flag of `docker run`. */
export interface Parameter {
  /** Without dashes. */
  key: string;
  value: string;
  /** Who says it, e.g. `DockerInfo.parameters`. */
  source: string;
}
