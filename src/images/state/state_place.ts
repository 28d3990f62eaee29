import { isAbsolute } from "node:path";

/** Where what is known of a host's images is kept, unless MESOS_DOCKER_STATE says otherwise. */
export const defaultStateFolder = "/var/lib/mesos-docker";

/** The folder that MESOS_DOCKER_STATE names, or the usual one. Throws SyntaxError for a path that is not absolute. */
export function readStateFolder({ MESOS_DOCKER_STATE: folder }: Readonly<Record<string, string | undefined>>): string {
  if (!folder || isAbsolute(folder)) return folder || defaultStateFolder;
  throw new SyntaxError(`MESOS_DOCKER_STATE is "${folder}", expected an absolute path`);
}
