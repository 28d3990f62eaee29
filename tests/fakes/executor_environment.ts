import type { ExecutorEnvironment } from "../../src/mesos/environment.ts";
import { ids } from "./calls.ts";

/** What an agent tells the executor of the calls that the tests make. */
export const environment: ExecutorEnvironment = {
  frameworkId: ids.frameworkId.value,
  executorId: ids.executorId.value,
  agentId: "agent-1",
  endpoint: { processId: "slave(1)", host: "127.0.0.1", port: 5051 },
  directory: "/sandbox",
  sandbox: "/sandbox",
  checkpoint: true,
  shutdownGraceMs: 5000,
  recoveryTimeoutMs: 900_000,
  subscriptionBackoffMaxMs: 2000,
};
