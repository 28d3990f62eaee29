// Text of the policy's file to a Policy. Imports the YAML parser and the schema: only load.ts imports this, when there is
// a file.
import { readYaml } from "../../notation/yaml_document.ts";
import { type AccessRule, noPolicy, type Policy, unrestricted } from "./policy.ts";
import { type PolicyDocument, policySchema } from "./schema.ts";

/** Reads a policy. The faults are all that there are, in the order of their lines. */
export function parsePolicy(text: string): { policy: Policy } | { faults: string[] } {
  const read = readYaml(text, policySchema, "it is empty, expected at least version: 1");
  return "faults" in read ? read : { policy: toPolicy(read.value) };
}

function toPolicy(document: PolicyDocument): Policy {
  const { pids_limit: pids, logs, parameters } = document;
  return {
    privileged: document.privileged ?? noPolicy.privileged,
    hostNetwork: document.host_network ?? noPolicy.hostNetwork,
    hostNamespaces: document.host_namespaces ?? noPolicy.hostNamespaces,
    capabilities: toAccessRule(document.capabilities),
    securityOptions: document.security_options ?? noPolicy.securityOptions,
    hostMounts: toAccessRule(document.host_mounts),
    volumeDrivers: toAccessRule(document.volume_drivers),
    devices: toAccessRule(document.devices),
    parameters: { ...toAccessRule(parameters), ignore: parameters?.ignore ?? [] },
    registries: toAccessRule(document.registries),
    imageArchives: document.image_archives ?? noPolicy.imageArchives,
    runtimes: toAccessRule(document.runtimes),
    cgroupParent: toAccessRule(document.cgroup_parent),
    publishedPorts: document.published_ports ?? noPolicy.publishedPorts,
    rootUser: document.root_user ?? noPolicy.rootUser,
    swap: document.swap ?? noPolicy.swap,
    pidsLimit: {
      ...(pids?.default === undefined ? {} : { default: pids.default }),
      ...(pids?.max === undefined ? {} : { max: pids.max }),
    },
    logs: {
      ...(logs?.max_size === undefined ? {} : { maxBytes: logs.max_size }),
      ...(logs?.max_files === undefined ? {} : { maxFiles: logs.max_files }),
    },
    disk: document.disk ?? noPolicy.disk,
    labels: document.labels ?? noPolicy.labels,
    ...(document.seccomp_profiles === undefined ? {} : { seccompProfiles: document.seccomp_profiles }),
  };
}

function toAccessRule(
  rule: { allow?: readonly string[] | undefined; deny: readonly string[] } | undefined,
): AccessRule {
  if (!rule) return unrestricted;
  return rule.allow === undefined ? { deny: rule.deny } : { allow: rule.allow, deny: rule.deny };
}
