import { basename } from "node:path";
import process from "node:process";
import type { Engine } from "../../docker/mod.ts";
import {
  CredentialsError,
  type DistantConfig,
  findCredentials,
  findTaskCredentials,
} from "../../images/credentials/mod.ts";
import { toOperatorAddress } from "../../mesos/agent_address.ts";
import type { AgentInput } from "../../mesos/agent_input.ts";
import type { HttpTransport } from "../../mesos/agent_request.ts";
import type { ExecutorEnvironment, Variables } from "../../mesos/environment.ts";
import type { TaskInfo } from "../../mesos/protocol.ts";
import { messageOf } from "../../notation/thrown.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { readProcessStart } from "../../runtime/process_start.ts";
import { readProcessWorld } from "../../runtime/process_world.ts";
import { CgroupParent } from "../accounting/cgroup_parent.ts";
import { toLabels } from "../container/identity.ts";
import type { FindAuth } from "../container/image.ts";
import { watchOom } from "../container/oom_watch.ts";
import { type LoadArchive, openContainerRequest, type RequestParts } from "../container/request.ts";
import { StorageQuota } from "../container/storage_quota.ts";
import { createDiskMeter } from "../disk/meter.ts";
import { readEngineAddress } from "../engine_settings.ts";
import { openTaskOutput } from "../output/task_output.ts";
import { toLogLimits } from "../policy/admission.ts";
import { loadPolicy } from "../policy/load.ts";
import type { Policy } from "../policy/policy.ts";
import { toKeepLabel } from "../reaping/keep_policy.ts";
import type { ExecutorSettings } from "../settings.ts";
import { TaskError } from "../task/task_error.ts";
import type { TaskSpec } from "../task/task_spec.ts";
import { formatExplanation } from "./explanation.ts";
import { openObtaining } from "./obtaining.ts";
import { openSandboxArchive } from "./sandbox_file.ts";
import type { ResolvedGroup, ResolvedTask, TaskDesk } from "./task_desk.ts";
import { readTask } from "./task_reader.ts";

/** What a desk is made of. */
export interface DeskParts {
  engine: Engine;
  environment: ExecutorEnvironment;
  settings: ExecutorSettings;
  variables: Variables;
  /** How the agent is spoken to by TLS; absent where it is not. */
  transport?: HttpTransport;
  /** Words of the executor's own command line. */
  argv: readonly string[];
  clock: Clock;
  log: Log;
  /** Takes what a task was read as, when somebody asked for it (MESOS_DOCKER_EXPLAIN). */
  explain: (text: string) => void;
}

/** The desk of an executor on a real host. A policy that cannot be used fails every task instead of the executor. */
export async function openHostDesk(parts: DeskParts): Promise<TaskDesk> {
  try {
    return createDesk(parts, await loadPolicy(toPolicyPlace(parts.variables)));
  } catch (error) {
    const found = messageOf(error);
    parts.log.error("no task can be run", { error: found });
    const refuse = () => {
      throw new TaskError("denied", found, { cause: error });
    };
    return { resolve: refuse, resolveGroup: refuse, openRequest: refuse, openOutput: refuse };
  }
}

/** The file that MESOS_DOCKER_POLICY names must be there; the usual one may be absent. */
function toPolicyPlace({ MESOS_DOCKER_POLICY: path }: Variables): { path?: string } {
  return path ? { path } : {};
}

function createDesk(parts: DeskParts, policy: Policy): TaskDesk {
  const { engine, environment, settings, variables, clock, log } = parts;
  const { sandbox, directory } = environment;
  const distant = createAgentConfig(parts);
  const findAuth: FindAuth = (image, { from, signal }) => {
    const find = from === "task" ? findTaskCredentials : findCredentials;
    return find(
      image,
      { sandbox, variables },
      { log, clock, signal, ...(from === "anywhere" ? { distant } : {}) },
    ).catch(toImageError);
  };
  const storage = policy.disk === "enforce" ? { storage: new StorageQuota(engine) } : {};
  const findParent = createParentFinder(parts);
  const lease: RequestParts["lease"] = async (image, options) => {
    const { leaseImage } = await import("../container/image_lease.ts");
    return await leaseImage(image, { folder: settings.stateFolder, log }, options);
  };
  const bringing = { obtain: openObtaining(parts), loadArchive: createArchiveLoading(parts) };
  const requestParts = { engine, log, policy, directory, findAuth, lease, ...storage, ...bringing, findParent };
  const explain = (spec: TaskSpec) => parts.explain(formatExplanation(spec, { variables: "hidden" }));
  return {
    resolve: (task, subscription) => {
      const resolved = resolve(task, subscription, parts, policy);
      if (settings.explain === "yes") explain(resolved.spec);
      return resolved;
    },
    resolveGroup: async (groupId, tasks, subscription) => {
      const { readGroup } = await import("../groups/group_reader.ts");
      const group = readGroup(tasks, { groupId, ...createReading(subscription, parts, policy) });
      if (settings.explain === "yes") for (const spec of specsOf(group)) explain(spec);
      return group;
    },
    openRequest: ({ spec, name, labels }, options) =>
      openContainerRequest(spec, { name, labels }, requestParts, options),
    openOutput: ({ spec }, order) =>
      openTaskOutput(order === 0 ? { kind: "sandbox", sandbox } : { kind: "task", sandbox, taskId: spec.taskId }, {
        log,
        limits: toLogLimits(policy, spec.logs),
        terminal: spec.container.Tty ? "yes" : "no",
      }),
    keep: settings.keep,
    watchMemory: (first) => watchOom(first, log),
    ...(policy.disk === "enforce" ? { disk: createDiskMeter(settings.diskWatchMs, environment) } : {}),
  };
}

/** Loaded by the first image that is missing, and for whose registry nothing on this host has credentials. */
function createAgentConfig({ environment, transport, clock, log }: DeskParts): DistantConfig {
  const name = "the agent's --docker_config";
  let opened: Promise<DistantConfig> | undefined;
  const open = async () => {
    const { AgentDockerConfig } = await import("./agent_docker_config.ts");
    const address = toOperatorAddress(environment);
    return new AgentDockerConfig({ name, address, ...(transport ? { transport } : {}), clock, log });
  };
  return {
    name,
    read: async (options) => {
      opened ??= open();
      return await (await opened).read(options);
    },
  };
}

/** Loaded by the first task that brings its image along. */
function createArchiveLoading({ engine, environment, variables, clock, log }: DeskParts): LoadArchive {
  const { sandbox } = environment;
  return async (wanted, options) => {
    const { loadArchivedImage } = await import("../container/archived_image.ts");
    const openFile = (path: string) => openSandboxArchive(sandbox, path);
    return await loadArchivedImage(wanted, { engine, clock, log, variables, openFile }, options);
  };
}

/** The last part of every sandbox' path is Mesos' id of the container (contract A.2). */
function createParentFinder({ engine, environment, settings, variables, log }: DeskParts) {
  const daemon = readEngineAddress(variables).kind === "unix" ? "local" : "remote";
  const parent = new CgroupParent({ engine, log, setting: settings.cgroupParent, daemon });
  return () => parent.find(basename(environment.directory));
}

/** A broken file of credentials is why the image cannot be had. */
function toImageError(error: unknown): never {
  if (error instanceof CredentialsError) throw new TaskError("image", error.message, { cause: error });
  throw error;
}

function resolve(
  task: TaskInfo,
  subscription: AgentInput & { kind: "subscribed" },
  parts: DeskParts,
  policy: Policy,
): ResolvedTask {
  const { readAlone, toLabels } = createReading(subscription, parts, policy);
  const { spec, name } = readAlone(task);
  return { spec, name, labels: toLabels(spec.taskId) };
}

/** What tasks are read with, alone or in a group. */
function createReading(
  { executorInfo, containerId }: AgentInput & { kind: "subscribed" },
  { environment, argv, settings }: DeskParts,
  policy: Policy,
) {
  const { directory, sandbox, frameworkId, executorId, agentId, endpoint } = environment;
  const place = { executorInfo, argv, directory, sandbox, policy, healthcheck: settings.healthcheck };
  const { pid } = process;
  const ids = { frameworkId, executorId, agentId, containerId: containerId ?? "" };
  const owner = { ...ids, pid, startTime: readProcessStart(pid) ?? "", ...readProcessWorld() };
  return {
    executorInfo,
    hostAddress: endpoint.host,
    readAlone: (task: TaskInfo) => readTask(task, place),
    readMember: (task: TaskInfo) => readTask(task, place, "group"),
    toLabels: (taskId: string) => ({ ...toLabels(owner, taskId), ...toKeepLabel(settings.keep) }),
  };
}

function specsOf({ members, infra }: ResolvedGroup): TaskSpec[] {
  const specs = members.flatMap(({ resolved }) => (resolved.kind === "task" ? [resolved.task.spec] : []));
  return infra ? [infra.spec, ...specs] : specs;
}
