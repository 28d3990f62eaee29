import type { ContainerCreate } from "../container_spec.ts";
import type {
  CallOptions,
  CreatedContainer,
  Engine,
  KillOptions,
  ListContainersOptions,
  RemoveContainerOptions,
  StopOptions,
} from "../engine.ts";
import type { ContainerInspect, ContainerSummary } from "../engine_documents.ts";
import type { EngineConnection } from "../http/connection.ts";
import { containerCall } from "../http/engine_call.ts";
import { requiredTextOf, textsOf, toList, toObject } from "../json_value.ts";
import { fitCreateRequest } from "./create_request.ts";
import { readContainer, readSummary } from "./documents.ts";
import { flags } from "./query.ts";

/** The calls about containers that answer at once. */
export function createContainerCalls(
  connection: EngineConnection,
): Pick<
  Engine,
  | "createContainer"
  | "startContainer"
  | "inspectContainer"
  | "stopContainer"
  | "killContainer"
  | "removeContainer"
  | "listContainers"
> {
  return {
    createContainer: (request, options) => create(connection, request, options),
    startContainer: (container, options) => start(connection, container, options),
    inspectContainer: (container, options) => inspectContainer(connection, container, options),
    stopContainer: (container, options) => stop(connection, container, options),
    killContainer: (container, options) => kill(connection, container, options),
    removeContainer: (container, options) => remove(connection, container, options),
    listContainers: (options) => list(connection, options),
  };
}

async function create(
  connection: EngineConnection,
  request: ContainerCreate,
  options: CallOptions | undefined,
): Promise<CreatedContainer> {
  const { name, platform } = request;
  const call = { action: "create container", subject: name ?? request.body.Image };
  const query = {
    ...(name === undefined ? {} : { name }),
    ...(platform === undefined ? {} : { platform }),
  };
  return await connection.document(
    {
      ...call,
      method: "POST",
      path: "/containers/create",
      query,
      fit: (apiVersion) => ({
        body: { kind: "json", value: fitCreateRequest(request, apiVersion, call).body },
      }),
      deadlineMs: connection.deadlines.changeMs,
    },
    options,
    (value) => {
      const created = toObject(value);
      return { id: requiredTextOf(created, "Id"), warnings: textsOf(created, "Warnings") };
    },
  );
}

async function start(connection: EngineConnection, container: string, options: CallOptions | undefined): Promise<void> {
  await connection.status(
    containerCall("start container", container, {
      method: "POST",
      operation: "start",
      accept: [304], // It runs already.
      deadlineMs: connection.deadlines.changeMs,
    }),
    options,
  );
}

/** Also used to tell what a status means that the Engine API gives for several things. */
export async function inspectContainer(
  connection: EngineConnection,
  container: string,
  options: CallOptions | undefined,
): Promise<ContainerInspect | undefined> {
  const call = containerCall("inspect container", container, {
    method: "GET",
    operation: "json",
    accept: [404],
    deadlineMs: connection.deadlines.callMs,
  });
  using exchange = await connection.open(call, options);
  return exchange.status === 404 ? undefined : await exchange.document(readContainer);
}

async function stop(connection: EngineConnection, container: string, options: StopOptions): Promise<void> {
  const { graceSeconds, signal, deadlineMs = connection.deadlines.stopMarginMs } = options;
  if (!(graceSeconds >= 0 && Number.isFinite(graceSeconds))) {
    throw new RangeError(`Cannot stop container "${container}": a grace of ${graceSeconds} s is not possible`);
  }
  const wholeSeconds = Math.ceil(graceSeconds);
  await connection.status(
    containerCall("stop container", container, {
      method: "POST",
      operation: "stop",
      query: { t: String(wholeSeconds) },
      accept: [304], // It has ended before.
      deadlineMs: wholeSeconds * 1000 + deadlineMs,
    }),
    { signal },
  );
}

async function kill(connection: EngineConnection, container: string, options: KillOptions): Promise<void> {
  await connection.status(
    containerCall("kill container", container, {
      method: "POST",
      operation: "kill",
      query: { signal: options.killSignal },
      accept: [409], // It does not run.
      deadlineMs: connection.deadlines.callMs,
    }),
    options,
  );
}

async function remove(
  connection: EngineConnection,
  container: string,
  options: RemoveContainerOptions = {},
): Promise<void> {
  const call = containerCall("remove container", container, {
    method: "DELETE",
    query: flags({ force: options.force, v: options.volumes }),
    accept: [400, 404, 409],
    deadlineMs: connection.deadlines.changeMs,
  });
  using exchange = await connection.open(call, options);
  if (exchange.status !== 400 && exchange.status !== 409) return await exchange.drain();
  const refusal = await exchange.toStatusError();
  // 409, of old daemons 400, says "it is being removed" and "it runs" alike. One that runs is no reason to refuse a
  // forced removal, and while that kills the container its state is "running" still.
  if (options.force && exchange.status === 409) return;
  const found = await inspectContainer(connection, container, options);
  if (found !== undefined && found.State.Status !== "removing") throw refusal;
}

async function list(connection: EngineConnection, options: ListContainersOptions = {}): Promise<ContainerSummary[]> {
  const { labels = [], all } = options;
  return await connection.document(
    {
      action: "list the containers of",
      subject: connection.addressText,
      method: "GET",
      path: "/containers/json",
      query: { ...flags({ all }), ...(labels.length === 0 ? {} : { filters: JSON.stringify({ label: labels }) }) },
      deadlineMs: connection.deadlines.callMs,
    },
    options,
    (value) => toList(value).map(readSummary),
  );
}
