import { type Containerizer, processContainerizer } from "../../src/mesos/embedded/mod.ts";
import type { FaultProxy } from "../faults/fault_proxy.ts";

/** For the agent: starts executors that know it by the proxy's port. */
export function startBehind(proxy: FaultProxy): Containerizer {
  return {
    launch: (spec, options) => {
      const redirect = (value: string | undefined) => (value ?? "").replace(/:\d+$/, `:${proxy.port}`);
      const { MESOS_SLAVE_PID, MESOS_AGENT_ENDPOINT } = spec.environment;
      const environment = {
        ...spec.environment,
        MESOS_SLAVE_PID: redirect(MESOS_SLAVE_PID),
        MESOS_AGENT_ENDPOINT: redirect(MESOS_AGENT_ENDPOINT),
      };
      return processContainerizer.launch({ ...spec, environment }, options);
    },
  };
}
