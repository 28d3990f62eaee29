import type { ExecutorInfo, TaskInfo } from "../../mesos/protocol.ts";
import { TaskError } from "../task_error.ts";
import type { TaskSpec } from "../task_spec.ts";
import { toCommand } from "./command.ts";
import { parseDocument, type TaskDocument } from "./document.ts";
import { toVariables } from "./environment.ts";
import { toHostname, toNetwork, toPortMappings } from "./network.ts";
import { toResourceLimits } from "./resources.ts";
import { refuseUnsupported } from "./unsupported.ts";
import { sandboxTarget, toVolumes } from "./volumes.ts";

/** What a task's description is read against. */
export interface TranslationContext {
  executorInfo: ExecutorInfo;
  /** Words of the executor's own command line: `IMAGE ARG…`, or `ARG…` when something else names the image. */
  argv: readonly string[];
  /** The sandbox as the host sees it. */
  directory: string;
  hostMemoryBytes: number;
  /** Name that the container will have. */
  containerName: string;
}

/** The one description that a container is made from; throws {@link TaskError} for what cannot be honoured. */
export function toTaskSpec(task: TaskInfo, context: TranslationContext): TaskSpec {
  refuseUnsupported(task);
  const document = parseDocument(task.data);
  const { image, args } = toImage(task, context.argv);
  const network = toNetwork(task);
  const hostname = toHostname(task, network);
  const networkInfo = task.container?.networkInfos[0];
  const killGrace = task.killPolicy?.gracePeriod?.nanoseconds;
  return {
    taskId: task.taskId?.value ?? "",
    image,
    pull: task.container?.docker?.forcePullImage ? "always" : "missing",
    ...toCommand(task, document, args),
    environment: toEnvironment(task, document, context),
    network,
    ...(networkInfo ? { networkInfo } : {}),
    ...(hostname === undefined ? {} : { hostname }),
    ports: toPortMappings(task, network),
    volumes: toVolumes(task, context.directory),
    limits: toResourceLimits(task, context.hostMemoryBytes),
    privileged: task.container?.docker?.privileged ? "yes" : "no",
    ...(killGrace === undefined ? {} : { killGraceMs: Number(killGrace) / 1e6 }),
  };
}

/** The image from DockerInfo, else the first word of argv; the other words are arguments. */
function toImage(task: TaskInfo, argv: readonly string[]): { image: string; args: readonly string[] } {
  const named = task.container?.docker?.image;
  if (named) return { image: named, args: argv };
  const [image, ...args] = argv;
  if (image) return { image, args };
  throw new TaskError(
    "invalid",
    "No image: set container.docker.image in TaskInfo, or start the executor with IMAGE as its first argument",
  );
}

/** Executor's variables, then the task's, then the document's, then those that Mesos sets itself (contract B.2). */
function toEnvironment(
  task: TaskInfo,
  document: Partial<TaskDocument>,
  context: TranslationContext,
): ReadonlyMap<string, string> {
  const role = task.resources[0]?.allocationInfo?.role;
  return new Map([
    ...toVariables(context.executorInfo.command?.environment, "ExecutorInfo.command.environment"),
    ...toVariables(task.command?.environment, "TaskInfo.command.environment"),
    ...Object.entries(document.environment ?? {}),
    ["MESOS_SANDBOX", sandboxTarget],
    ["MESOS_CONTAINER_NAME", context.containerName],
    ...(role ? [["MESOS_ALLOCATION_ROLE", role] as const] : []),
  ]);
}
