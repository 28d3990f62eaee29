import type { ContainerConfig, NetworkingConfig } from "../../docker/mod.ts";
import type { ExecutorInfo, TaskInfo } from "../../mesos/protocol.ts";
import type { ChecksSpec, HealthcheckManner } from "../checks/check_spec.ts";
import type { TaskSpec } from "../task/task_spec.ts";
import { type Carried, readCarriers } from "./carriers/carriers.ts";
import { readChecks } from "./checks.ts";
import { draftCommand, statesCommand, toStatedCommand } from "./command.ts";
import { ContainerDraft } from "./container_draft.ts";
import { draftMesosVariables, draftPortVariables, draftVariables } from "./environment.ts";
import { draftLabels } from "./labels.ts";
import { draftLinuxInfo } from "./linux_info.ts";
import {
  canPublish,
  draftAddresses,
  draftNetwork,
  listFree,
  type PublishedPorts,
  type StatedNetwork,
  settlePorts,
} from "./network.ts";
import { OfferedPorts } from "./offered_ports.ts";
import { applyParameters } from "./parameters/apply.ts";
import { draftProcessLimits, draftTerminal } from "./process_limits.ts";
import { draftResources, toAmounts } from "./resources.ts";
import type { Statement } from "./statement.ts";
import { refuseUnsupported } from "./unsupported.ts";
import { sandboxTarget, toMounts, toPathMount, toPersistentMounts } from "./volumes.ts";

/** What a task's description is read against. */
export interface TranslationContext {
  executorInfo: ExecutorInfo;
  /** Words of the executor's own command line: `IMAGE ARG…`, or `ARG…` when something else names the image. */
  argv: readonly string[];
  /** The task's sandbox as the host sees it. */
  directory: string;
  /** For a task of a group, whose sandbox lies in its executor's: where that is (contract C.1). */
  group?: { directory: string };
  hostMemoryBytes: number;
  /** Name that the container will have. */
  containerName: string;
  /** Parameters that the operator wants left out. */
  ignoredParameters: ReadonlySet<string>;
  publishedPorts: PublishedPorts;
  /** What is made of an image's HEALTHCHECK when the task does not say. */
  healthcheck: HealthcheckManner | "off";
  /** Text of a file in the sandbox, and of a seccomp profile of the operator's; both throw {@link TaskError}. */
  readSandboxFile: (path: string) => string;
  readSeccompProfile: (name: string) => string;
}

/** The one description that a container is made from; throws {@link TaskError} for what cannot be honoured. */
export function toTaskSpec(task: TaskInfo, context: TranslationContext): TaskSpec {
  refuseUnsupported(task);
  const carried = readCarriers(task, context.executorInfo, context.argv);
  const draft = new ContainerDraft();
  const offered = new OfferedPorts(task);
  draft.note("Image", carried.imageSource);
  const secrets = draftEnvironment(task, carried, offered, context, draft);
  draftResources(task, draft, context.hostMemoryBytes);
  draftStatements(task, carried, offered, draft, context);
  const parent = context.group ? "group" : "host";
  draftLinuxInfo(task.container, draft, { parent, readSeccomp: context.readSeccompProfile });
  draftProcessLimits(task.container, draft);
  const terminal = draftTerminal(task.container, draft);
  draftAddresses(task.container, draft);
  draftLabels(task.labels, draft);
  draftMounts(task, carried, context, draft);
  const parameters = carried.statements.flatMap((one) => one.parameters ?? []);
  const ignored = context.ignoredParameters;
  const warnings = applyParameters(parameters, draft, { readSandboxFile: context.readSandboxFile, ignored });
  const ports = settlePorts(draft, offered, context.publishedPorts);
  const { secrets: checkSecrets, ...checks } = { ...readChecks(task), ...readHealthcheck(task, carried, context) };
  return {
    ...readRest(task, carried),
    image: carried.image,
    ...readArchive(carried, draft),
    pull: draft.pull,
    ...(draft.platform === undefined ? {} : { platform: draft.platform }),
    container: toContainer(draft),
    mounts: draft.mounts,
    ports,
    ...(draft.publishExposed === "yes" && canPublish(draft.networkMode)
      ? { portsForExposed: listFree(draft, offered) }
      : {}),
    ...(terminal ? { terminal } : {}),
    amounts: toAmounts(task, context.executorInfo, draft),
    ...(Object.keys(checks).length > 0 ? { checks } : {}),
    secrets: [...secrets, ...checkSecrets],
    parameters: parameters.map(({ key }) => key).filter((key) => !ignored.has(key)),
    operatorOptions: draft.operatorOptions,
    sources: Object.fromEntries(draft.sources),
    warnings: [...carried.warnings, ...warnUnheard(task, carried), ...warnings],
  };
}

/** What is made of the image's HEALTHCHECK. A task that says itself how its health is found does not want to be told twice. */
function readHealthcheck(
  { healthCheck }: TaskInfo,
  { statements }: Carried,
  { healthcheck }: TranslationContext,
): Pick<ChecksSpec, "healthcheck"> {
  const manner = say(statements, "healthcheck")?.value ?? (healthCheck ? "off" : healthcheck);
  return manner === "off" ? {} : { healthcheck: manner };
}

/** Words of argv that do not reach the container because another carrier says the command; old Marathon says it twice. */
function warnUnheard(task: TaskInfo, { statements, ports }: Carried): string[] {
  const speaker = [toStatedCommand(task.command), ...statements].find(statesCommand);
  const argv = statements.find(({ source }) => source === "argv");
  if (!speaker || !argv?.args || speaker === argv || ports === "left to the executor") return [];
  return [`the executor's arguments are not heeded: ${speaker.source} says the command`];
}

/** Where the image comes from when the task brings it along. */
function readArchive({ statements }: Carried, draft: ContainerDraft): Pick<TaskSpec, "imageArchive"> {
  const archive = say(statements, "imageArchive");
  if (!archive) return {};
  draft.note("imageArchive", archive.source);
  return { imageArchive: archive.value };
}

/** What goes from the task into the spec as it is. */
function readRest(task: TaskInfo, { statements }: Carried): Pick<TaskSpec, "taskId" | "logs"> & Partial<TaskSpec> {
  const networkInfo = task.container?.networkInfos[0];
  const killGrace = task.killPolicy?.gracePeriod?.nanoseconds;
  const maxCompletion = task.maxCompletionTime?.nanoseconds;
  const registryAuth = say(statements, "registryAuth")?.value;
  return {
    taskId: task.taskId?.value ?? "",
    logs: say(statements, "logs")?.value ?? {},
    ...(networkInfo ? { networkInfo } : {}),
    ...(registryAuth ? { registryAuth } : {}),
    ...(killGrace === undefined ? {} : { killGraceMs: Number(killGrace) / 1e6 }),
    ...(maxCompletion === undefined ? {} : { maxCompletionMs: Number(maxCompletion) / 1e6 }),
  };
}

/** What the first carrier says that says anything of it. */
function say<K extends keyof Statement>(
  statements: readonly Statement[],
  key: K,
): { value: NonNullable<Statement[K]>; source: string } | undefined {
  const speaker = statements.find((statement) => statement[key] !== undefined);
  return speaker && { value: speaker[key] as NonNullable<Statement[K]>, source: `${speaker.source} ${key}` };
}

/** Executor's variables, then the task's, then those of the carriers, then those that Mesos sets itself (contract B.2). */
function draftEnvironment(
  task: TaskInfo,
  { statements, ports }: Carried,
  offered: OfferedPorts,
  { executorInfo, containerName }: TranslationContext,
  draft: ContainerDraft,
): string[] {
  if (ports === "left to the executor") draftPortVariables(offered, draft);
  const secrets = [
    ...draftVariables(executorInfo.command?.environment, "ExecutorInfo.command.environment", draft),
    ...draftVariables(task.command?.environment, "TaskInfo.command.environment", draft),
  ];
  for (const { env, source } of statements.toReversed()) {
    for (const [name, value] of Object.entries(env ?? {})) draft.setVariable(name, value, source);
  }
  draftMesosVariables(task, containerName, draft);
  return secrets;
}

function draftStatements(
  task: TaskInfo,
  carried: Carried,
  offered: OfferedPorts,
  draft: ContainerDraft,
  { group }: TranslationContext,
): void {
  const statements = [toStatedCommand(task.command), ...carried.statements];
  const command = statements.find(statesCommand);
  if (command) draftCommand(command, draft);
  const { config, host } = draft;
  const user = say(statements, "user");
  const workdir = say(statements, "workdir");
  const stopSignal = say(statements, "stopSignal");
  const privileged = say(statements, "privileged");
  const pull = say(statements, "pull");
  const platform = say(statements, "platform");
  if (user) config.set("User", user.value, user.source);
  if (workdir) config.set("WorkingDir", workdir.value, workdir.source);
  if (stopSignal) config.set("StopSignal", stopSignal.value, stopSignal.source);
  if (privileged?.value === "yes") host.set("Privileged", true, privileged.source);
  if (pull) draft.setPull(pull.value, pull.source);
  if (platform) draft.setPlatform(platform.value, platform.source);
  if (group) draftGroupNetwork(carried, offered, draft);
  else draftStatedNetwork(task, carried, offered, draft);
}

/** A task of a group need not name a network: which one that is, all its tasks say together. */
function draftGroupNetwork({ statements }: Carried, offered: OfferedPorts, draft: ContainerDraft): void {
  const said = say(statements, "network");
  // MesosInfo without a network's name.
  const isUnnamed = said?.value.kind === "host" && said.source.startsWith("TaskInfo.container ");
  const { value: network, source } =
    said && !isUnnamed ? said : { value: { kind: "bridge" } as const, source: "default" };
  draftNetwork({ network, ...readNetworkRest(statements) }, source, offered, draft);
}

/** DockerInfo without a network is in the host's; who leaves ports to the executor expects Docker's own default. */
function draftStatedNetwork(task: TaskInfo, carried: Carried, offered: OfferedPorts, draft: ContainerDraft): void {
  const { statements } = carried;
  const fallback = { kind: task.container?.docker ? "host" : "bridge" } as const;
  const { value: network, source } = say(statements, "network") ?? { value: fallback, source: "default" };
  const rest = readNetworkRest(statements);
  draftNetwork({ network, ...rest }, source, offered, draft);
  const isReachable = network.kind === "bridge" || network.kind === "user";
  if (carried.ports === "left to the executor" && isReachable && rest.ports.length === 0 && !offered.isEmpty) {
    draft.publishExposed = "yes";
  }
}

function readNetworkRest(statements: readonly Statement[]): Omit<StatedNetwork, "network"> {
  const hostname = say(statements, "hostname")?.value;
  const ports = statements.flatMap(({ ports: stated = [], source }) =>
    stated.map((one) => ({ stated: one, source: `${source} ports` })),
  );
  return { ports, ...(hostname === undefined ? {} : { hostname }) };
}

/** Volumes in the order of their carriers, what the agent has laid out, and the sandbox last (contract B.3). */
function draftMounts(task: TaskInfo, carried: Carried, context: TranslationContext, draft: ContainerDraft): void {
  const { directory, group } = context;
  const parent = group?.directory ?? directory;
  const stated = carried.statements.flatMap(({ volumes = [], source }) =>
    volumes.map((volume) => toPathMount(volume, { directory, source: `${source} volumes` })),
  );
  draft.mounts.push(...toMounts(task, { directory, parent }), ...stated, ...toPersistentMounts(task, parent), {
    kind: "host",
    path: directory,
    chosenBy: "agent",
    // What another task of the group has laid there instead is that task's choice.
    ...(group ? { roots: [parent], missing: "made for the owner" } : { missing: "made by the daemon" }),
    target: sandboxTarget,
    mode: "rw",
    source: "sandbox",
  });
}

function toContainer(draft: ContainerDraft): TaskSpec["container"] {
  const env = [...draft.environment].map(([name, value]) => (value === undefined ? name : `${name}=${value}`));
  const networking: NetworkingConfig = { EndpointsConfig: Object.fromEntries(draft.endpoints) };
  const container: Omit<ContainerConfig, "Image"> = {
    ...draft.config.fields,
    Env: env,
    HostConfig: { NetworkMode: draft.networkMode, ...draft.host.fields },
    ...(draft.endpoints.size > 0 ? { NetworkingConfig: networking } : {}),
  };
  return container;
}
