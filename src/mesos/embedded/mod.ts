// A Mesos agent inside of this process: the agent's side of the v1 executor API with the master's part of launching.
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
export type { EmbeddedAgent } from "./embedded_agent.ts";
export { EmbeddedAgentError, type EmbeddedAgentErrorCode } from "./embedded_error.ts";
export type { EmbeddedEndpoint } from "./endpoint.ts";
export type { ExecutorInit, FrameworkInit, KillPolicyInit, ResourceInit, TaskInit } from "./messages.ts";
export type { PortRange } from "./offers/amounts.ts";
export type { AgentResources, AllocationRequest } from "./offers/ledger.ts";
export type { EmbeddedAgentOptions, ListenOption } from "./options.ts";
export type { AgentReport, Exchange, ExecutorEnd } from "./reports.ts";
export type { Withheld } from "./work/acknowledgements.ts";
