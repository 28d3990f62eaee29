import { type Flags, switchFlag } from "../flag.ts";
import { listPorts, parseContainerPorts, parsePublished } from "../values/port_ranges.ts";

/** Ports that lead from the host into the container. */
export const portFlags: Flags = {
  publish: {
    takes: "value",
    apply: (value, { draft, source }) => {
      const { container, host, hostIp, protocol } = parsePublished(value);
      const ports = listPorts(container).map((containerPort, index) => ({
        containerPort,
        protocol,
        source,
        ...(host ? { hostPort: host.first + index } : {}),
        ...(hostIp === undefined ? {} : { hostIp }),
      }));
      draft.ports.push(...ports);
    },
  },
  "publish-all": switchFlag((isOn, { draft, source }) => {
    draft.publishExposed = isOn ? "yes" : "no";
    draft.note("HostConfig.PublishAllPorts", source);
  }),
  expose: {
    takes: "value",
    apply: (value, { draft, source }) => {
      const { ports, protocol } = parseContainerPorts(value);
      for (const port of listPorts(ports)) draft.config.put("ExposedPorts", `${port}/${protocol}`, {}, source);
    },
  },
};
