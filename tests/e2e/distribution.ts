import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openRegistryClient } from "../../registry/mod.ts";
import { RunningCommand } from "./command.ts";
import { eventually } from "./eventually.ts";
import { findOwnPorts } from "./own_ports.ts";

const program = "/usr/bin/docker-registry";

/** Whether Debian's docker-registry is installed here. */
export const hasDistribution = existsSync(program);

/** Debian's docker-registry on a port of its own; deletions, which it knows for manifests alone, are off unless asked for. */
export async function serveDistribution(
  folder: string,
  { deletions = "off" }: { deletions?: "off" | "on" } = {},
): Promise<AsyncDisposable & { host: string }> {
  const [port] = await findOwnPorts(1);
  const host = `127.0.0.1:${port}`;
  const config = join(folder, "distribution.yml");
  await writeFile(
    config,
    `version: 0.1\nhttp: { addr: "${host}" }\nstorage: { filesystem: { rootdirectory: ${folder}/data }, delete: { enabled: ${deletions === "on"} } }\n`,
  );
  await using opened = new AsyncDisposableStack();
  opened.use(new RunningCommand([program, "serve", config]));
  using client = openRegistryClient(host);
  await eventually("an answer of docker-registry", () =>
    client.ping().then(
      () => true,
      () => false,
    ),
  );
  const held = opened.move();
  return { host, [Symbol.asyncDispose]: () => held.disposeAsync() };
}
