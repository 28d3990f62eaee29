/** Where a container's port is reached on the host. */
export interface PublishedPort {
  containerPort: number;
  protocol: string;
  hostPort: number;
}

/**
 * Ports of a running container, from TaskStatus.data of its TASK_RUNNING: a JSON array of one inspection (contract
 * B.6). Data of any other form has none.
 */
export function readPublishedPorts(data: Uint8Array): PublishedPort[] {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder().decode(data));
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
  const ports = at(document, 0, "NetworkSettings", "Ports");
  if (typeof ports !== "object" || ports === null) return [];
  return Object.entries(ports).flatMap(([name, bindings]) => {
    const [containerPort = "", protocol = ""] = name.split("/");
    const hostPort = Number(at(bindings, 0, "HostPort"));
    return hostPort > 0 ? [{ containerPort: Number(containerPort), protocol, hostPort }] : [];
  });
}

function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (found, key) => (found as Record<string | number, unknown> | null | undefined)?.[key],
    value,
  );
}
