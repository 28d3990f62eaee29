import { fileURLToPath } from "node:url";
import { formatEngineAddress } from "../../src/docker/mod.ts";
import type { Bench } from "./row.ts";

/** A program that writes a container's output to its stdout until the container ends. */
export interface LogClient {
  readonly name: string;
  readonly command: (container: string) => string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Docker's own client, or where there is none a program of ours that does only this. */
export function findLogClient({ engineAddress }: Bench, apiVersion: string): LogClient {
  const address = formatEngineAddress(engineAddress);
  const docker = Bun.which("docker");
  if (docker !== null) {
    return {
      name: "docker logs --follow",
      command: (container) => [docker, "logs", "--follow", container],
      environment: { DOCKER_HOST: address },
    };
  }
  const program = fileURLToPath(new URL("log_follower.ts", import.meta.url));
  return {
    name: "the logs by node:http",
    command: (container) => [process.execPath, program, address, apiVersion, container],
    environment: {},
  };
}
