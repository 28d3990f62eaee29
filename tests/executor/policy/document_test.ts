import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { parsePolicy } from "../../../src/executor/policy/document.ts";
import { noPolicy } from "../../../src/executor/policy/policy.ts";
import { policySchema } from "../../../src/executor/policy/schema.ts";

function faultsOf(text: string): string[] {
  const parsed = parsePolicy(text);
  assert.ok("faults" in parsed, "the text is taken for a policy");
  return parsed.faults;
}

test("parsePolicy() takes a file that says nothing but its version for no policy at all", () => {
  assert.deepEqual(parsePolicy("version: 1\n"), { policy: noPolicy });
});

test("parsePolicy() reads every key", () => {
  const text = `
version: 1
privileged: deny
host_network: deny
host_namespaces: deny
capabilities: { allow: [net_admin, CAP_BPF], deny: [SYS_ADMIN] }
security_options: deny
host_mounts: { allow: [/data/, /var//log/./app], deny: [/data/../etc] }
volume_drivers: { deny: [rexray] }
devices: { allow: [/dev/fuse, GPU] }
parameters: { allow: [ulimit], deny: [net], ignore: [rm, our-own] }
registries: { allow: [docker.io/library/, "Registry.local:443/app"] }
image_archives: deny
runtimes: deny
cgroup_parent: { allow: [mesos.slice] }
published_ports: any
root_user: deny
swap: deny
pids_limit: { default: 4096, max: 8192 }
logs: { max_size: 10m, max_files: 5 }
disk: ignore
labels: { team: platform, "a.b/c": "1" }
seccomp_profiles: /etc/mesos/seccomp/
`;
  assert.deepEqual(parsePolicy(text), {
    policy: {
      privileged: "deny",
      hostNetwork: "deny",
      hostNamespaces: "deny",
      capabilities: { allow: ["NET_ADMIN", "BPF"], deny: ["SYS_ADMIN"] },
      securityOptions: "deny",
      hostMounts: { allow: ["/data", "/var/log/app"], deny: ["/etc"] },
      volumeDrivers: { deny: ["rexray"] },
      devices: { allow: ["/dev/fuse", "gpu"], deny: [] },
      parameters: { allow: ["ulimit"], deny: ["network"], ignore: ["rm", "our-own"] },
      registries: { allow: ["docker.io/library/", "registry.local/app"], deny: [] },
      imageArchives: "deny",
      runtimes: { allow: [], deny: [] },
      cgroupParent: { allow: ["/mesos.slice"], deny: [] },
      publishedPorts: "any",
      rootUser: "deny",
      swap: "deny",
      pidsLimit: { default: 4096, max: 8192 },
      logs: { maxBytes: 10 * 1024 * 1024, maxFiles: 5 },
      disk: "ignore",
      labels: { team: "platform", "a.b/c": "1" },
      seccompProfiles: "/etc/mesos/seccomp",
    },
  });
});

const wrong: [line: string, fault: string][] = [
  ["privileged: maybe", '"privileged" is "maybe", expected allow or deny'],
  ["privileged: true", '"privileged" is true, expected allow or deny'],
  ["privileged:", '"privileged" is empty, expected allow or deny'],
  ["foo: 1", 'unknown key "foo"'],
  ["constructor: 1", 'unknown key "constructor"'],
  ["__proto__: 1", 'unknown key "__proto__"'],
  ["<<: { disk: ignore }", 'unknown key "<<"'],
  ["capabilities: { alow: [BPF] }", 'unknown key "capabilities.alow"'],
  ["capabilities: []", '"capabilities" is a list, expected a mapping'],
  ["capabilities: none", '"capabilities" is "none", expected allow, deny, or a mapping of both to lists'],
  ["capabilities: { deny: BPF }", '"capabilities.deny" is "BPF", expected a list'],
  ["capabilities: { deny: }", '"capabilities.deny" is empty, expected a list'],
  [
    "capabilities: { deny: [SYS_ADMN] }",
    '"capabilities.deny[0]" is "SYS_ADMN", expected a capability such as NET_ADMIN, or ALL',
  ],
  ["capabilities: { deny: [1] }", '"capabilities.deny[0]" is 1, expected a capability'],
  ["host_mounts: { allow: [/a, data] }", '"host_mounts.allow[1]" is "data", expected an absolute path'],
  ["host_mounts: { allow: [[/a]] }", '"host_mounts.allow[0]" is a list, expected an absolute path'],
  ["volume_drivers: { allow: [''] }", '"volume_drivers.allow[0]" is "", expected text'],
  [
    "devices: { allow: [dev/fuse] }",
    '"devices.allow[0]" is "dev/fuse", expected an absolute path or a word such as gpu',
  ],
  [
    "parameters: { deny: [--rm] }",
    '"parameters.deny[0]" is "--rm", expected a flag of docker run without dashes before it',
  ],
  [
    "parameters: { deny: [volum] }",
    '"parameters.deny[0]" is "volum", expected a flag of docker run without dashes before it',
  ],
  ["parameters: deny", '"parameters" is "deny", expected a mapping'],
  [
    "registries: { allow: [redis] }",
    '"registries.allow[0]" is "redis", expected a registry and a path, e.g. docker.io/library/ or registry.local:5000/app',
  ],
  ["published_ports: all", '"published_ports" is "all", expected offered or any'],
  ["pids_limit: { default: 0 }", '"pids_limit.default" is 0, expected a whole number above 0'],
  ["pids_limit: { max: 1.5 }", '"pids_limit.max" is 1.5, expected a whole number above 0'],
  ["pids_limit: { max: '5' }", '"pids_limit.max" is "5", expected a whole number above 0'],
  ["pids_limit: { default: 9, max: 8 }", '"pids_limit.default" is 9, expected no more than pids_limit.max'],
  ["pids_limit: 5", '"pids_limit" is 5, expected a mapping'],
  ["logs: { max_size: 10q }", '"logs.max_size" is "10q", expected a size such as 512k, 10m or 1g'],
  ["logs: { max_size: 0 }", '"logs.max_size" is 0, expected a size such as 512k, 10m or 1g'],
  ["logs: { max_size: [1] }", '"logs.max_size" is a list, expected a size such as 512k, 10m or 1g'],
  ["logs: { max_files: -1 }", '"logs.max_files" is -1, expected a whole number above 0'],
  ["disk: watch", '"disk" is "watch", expected enforce or ignore'],
  ["labels: { mesos-docker.task: x }", 'key of the executor\'s own "labels.mesos-docker.task"'],
  ["labels: { cost: 010 }", '"labels.cost" is 10, expected text, in quotes when it looks like something else'],
  ["labels: { '': x }", 'empty key "labels."'],
  ["labels: [a]", '"labels" is a list, expected a mapping'],
  ["labels:", '"labels" is empty, expected a mapping'],
  ["seccomp_profiles: profiles", '"seccomp_profiles" is "profiles", expected an absolute path'],
  ["disk: !own enforce", "Unresolved tag: !own"],
  ["disk: *other", "an alias, expected the value itself"],
  ["disk: enforce\n  more", '"disk" is "enforce more", expected enforce or ignore'],
];

for (const [line, fault] of wrong) {
  test(`parsePolicy() finds ${JSON.stringify(line)} wrong, and where`, () => {
    assert.deepEqual(faultsOf(`version: 1\n\n${line}\n`), [`line 3: ${fault}`]);
  });
}

test("parsePolicy() lists all faults at once in the order of their lines", () => {
  const text = `
version: 2
privileged: maybe
capabilities:
  allow: [BPF, NOPE]
  deny:
    - KILL
    - WHAT
foo: 1
bar: 2
disk: enforce
disk: never
`;
  assert.deepEqual(faultsOf(text), [
    'line 2: "version" is 2, expected 1',
    'line 3: "privileged" is "maybe", expected allow or deny',
    'line 5: "capabilities.allow[1]" is "NOPE", expected a capability such as NET_ADMIN, or ALL',
    'line 8: "capabilities.deny[1]" is "WHAT", expected a capability such as NET_ADMIN, or ALL',
    'line 9: unknown key "foo"',
    'line 10: unknown key "bar"',
    "line 12: a key is said twice",
    'line 12: "disk" is "never", expected enforce or ignore',
  ]);
});

const whole: [what: string, text: string, faults: string[]][] = [
  ["an empty file", "", ["it is empty, expected at least version: 1"]],
  ["a file of comments", "# nothing\n", ["it is empty, expected at least version: 1"]],
  ["null", "null\n", ["it is empty, expected a mapping"]],
  ["a text", "allow all\n", ['it is "allow all", expected a mapping']],
  ["a list", "- privileged\n", ["it is a list, expected a mapping"]],
  ["an empty list", "[]\n", ["it is a list, expected a mapping"]],
  ["a file without a version", "disk: ignore\n", ['missing key "version"']],
  ["two documents", "version: 1\n---\nversion: 1\n", ["line 2: another document begins, expected one in a file"]],
  [
    "an open list",
    "version: 1\nruntimes: { deny: [a\n",
    [
      "line 3: Flow sequence in block collection must be sufficiently indented and end with a ]",
      "line 3: Flow map in block collection must be sufficiently indented and end with a }",
    ],
  ],
  ["tabs", "version: 1\n\tfoo: 1\n", ["line 2: Tabs are not allowed as indentation"]],
];

for (const [what, text, faults] of whole) {
  test(`parsePolicy() refuses ${what}`, () => {
    assert.deepEqual(faultsOf(text), faults);
  });
}

test("the example in docs/policy.md is a policy that says every key", async () => {
  const page = await readFile(new URL("../../../docs/policy.md", import.meta.url), "utf8");
  const [, example = ""] = /```yaml\n(.*?)```/s.exec(page) ?? [];
  assert.ok("policy" in parsePolicy(example));
  const [, mapping] = policySchema.pipe;
  const said = [...example.matchAll(/^(\w+):/gm)].map(([, key]) => key);
  assert.deepEqual(said, Object.keys(mapping.entries));
});
