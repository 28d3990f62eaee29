// A Mesos agent inside of this process: the agent's side of the v1 executor API, GET_FLAGS of its operator API, and what its
// master does for it.
//
// It is as strict as a real one (contract A). What it cannot do, it refuses by name: JSON bodies and streams, tasks that
// have a command and no executor, DEFAULT executors, executors inside of an image, reserved resources other than
// persistent volumes, secrets of executors by reference, URIs other than files of this host, archives other than tar. It
// isolates nothing: an executor is a process group, so a process that leaves the group outlives it, and persistent volumes
// are links in the sandbox, as with isolator filesystem/posix. Switching the user leaves supplementary groups behind.
// Updates of ended executors are final when they are reported: there is no scheduler that acknowledges them.
export { openEmbeddedAgent } from "./agent.ts";
export type { AgentStage } from "./agent_stage.ts";
export type {
  Container,
  ContainerExit,
  Containerizer,
  ContainerSpec,
  User,
} from "./container/containerizer.ts";
export { processContainerizer } from "./container/process_containerizer.ts";
export { toSandboxPath } from "./container/sandbox.ts";
export type { EmbeddedAgent } from "./embedded_agent.ts";
export { EmbeddedAgentError, type EmbeddedAgentErrorCode } from "./embedded_error.ts";
export type { EmbeddedEndpoint } from "./endpoint.ts";
export type { ExecutorInit, FrameworkInit, KillPolicyInit, ResourceInit, TaskInit } from "./messages.ts";
export type { PortRange } from "./offers/amounts.ts";
export type { AgentResources, AllocationRequest } from "./offers/ledger.ts";
export type { VolumeRequest } from "./offers/persistent_volume.ts";
export type { EmbeddedAgentOptions, ListenOption } from "./options.ts";
export type { AgentReport, Exchange, ExecutorEnd } from "./reports.ts";
export type { Withheld } from "./statuses/acknowledgements.ts";
