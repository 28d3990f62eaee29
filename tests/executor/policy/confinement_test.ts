import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostConfig } from "../../../src/docker/mod.ts";
import { deniedBy, policyOf, wantedOf } from "./policy_specimen.ts";

const judged: [line: string, host: HostConfig, denied: string[]][] = [
  ["privileged: deny", { Privileged: true }, ['privileged (rule "privileged: deny")']],
  ["privileged: deny", { Privileged: false }, []],
  ["privileged: allow", { Privileged: true }, []],
  ["privileged: allow\ncapabilities: deny\ndevices: deny\nhost_mounts: deny", { Privileged: true }, []],
  ["host_network: deny", { Privileged: true }, []],
  [
    "capabilities: { deny: [SYS_ADMIN] }",
    { Privileged: true },
    ['privileged, which gives every capability (rule "capabilities")'],
  ],
  ["devices: { deny: [/dev/sda] }", { Privileged: true }, ['privileged, which gives every device (rule "devices")']],
  [
    "host_mounts: { allow: [/data] }",
    { Privileged: true },
    ['privileged, which gives the host\'s disks (rule "host_mounts")'],
  ],
  [
    "security_options: deny",
    { Privileged: true },
    ['privileged, which gives no confinement (rule "security_options: deny")'],
  ],

  ["host_network: deny", { NetworkMode: "host" }, ['network of the host (rule "host_network: deny")']],
  ["host_network: deny", { NetworkMode: "bridge" }, []],
  ["host_network: allow", { NetworkMode: "host" }, []],
  ["host_namespaces: deny", { NetworkMode: "host" }, []],

  ["host_namespaces: allow", { PidMode: "host", IpcMode: "container:a" }, []],
  ["host_namespaces: deny", { PidMode: "host" }, ['PidMode "host" (rule "host_namespaces: deny")']],
  ["host_namespaces: deny", { PidMode: "container:a" }, ['PidMode "container:a" (rule "host_namespaces: deny")']],
  ["host_namespaces: deny", { IpcMode: "host" }, ['IpcMode "host" (rule "host_namespaces: deny")']],
  ["host_namespaces: deny", { IpcMode: "container:a" }, ['IpcMode "container:a" (rule "host_namespaces: deny")']],
  ["host_namespaces: deny", { UTSMode: "host" }, ['UTSMode "host" (rule "host_namespaces: deny")']],
  ["host_namespaces: deny", { UsernsMode: "host" }, ['UsernsMode "host" (rule "host_namespaces: deny")']],
  ["host_namespaces: deny", { CgroupnsMode: "host" }, ['CgroupnsMode "host" (rule "host_namespaces: deny")']],
  [
    "host_namespaces: deny",
    { NetworkMode: "container:a" },
    ['NetworkMode "container:a" (rule "host_namespaces: deny")'],
  ],
  ["host_namespaces: deny", { VolumesFrom: ["a:ro"] }, ['volumes of container "a:ro" (rule "host_namespaces: deny")']],
  ["host_namespaces: deny", { Links: ["a:b"] }, ['link to container "a:b" (rule "host_namespaces: deny")']],
  ["host_namespaces: deny", { PidMode: "", IpcMode: "shareable", CgroupnsMode: "private", UTSMode: "" }, []],
  ["host_namespaces: deny", { IpcMode: "none", PidMode: "private" }, []],

  [
    "capabilities: { deny: [SYS_ADMIN] }",
    { CapAdd: ["cap_sys_admin"] },
    ['capability SYS_ADMIN (rule "capabilities")'],
  ],
  [
    "capabilities: { deny: [cap_sys_admin] }",
    { CapAdd: ["SYS_ADMIN"] },
    ['capability SYS_ADMIN (rule "capabilities")'],
  ],
  ["capabilities: { deny: [SYS_ADMIN] }", { CapAdd: ["NET_ADMIN"], CapDrop: ["SYS_ADMIN"] }, []],
  ["capabilities: { deny: [SYS_ADMIN] }", { CapAdd: ["all"] }, ['capability ALL (rule "capabilities")']],
  ["capabilities: { allow: [NET_ADMIN] }", { CapAdd: ["CAP_NET_ADMIN"] }, []],
  [
    "capabilities: { allow: [NET_ADMIN] }",
    { CapAdd: ["NET_RAW", "ALL"] },
    ['capability NET_RAW (rule "capabilities")', 'capability ALL (rule "capabilities")'],
  ],
  ["capabilities: { allow: [ALL] }", { CapAdd: ["ALL", "BPF"] }, []],
  [
    "capabilities: { allow: [ALL], deny: [BPF] }",
    { CapAdd: ["ALL", "BPF", "KILL"] },
    ['capability ALL (rule "capabilities")', 'capability BPF (rule "capabilities")'],
  ],
  [
    "capabilities: { allow: [BPF], deny: [ALL] }",
    { CapAdd: ["BPF", "KILL"] },
    ['capability KILL (rule "capabilities")'],
  ],
  ["capabilities: { allow: [BPF], deny: [BPF] }", { CapAdd: ["BPF"] }, ['capability BPF (rule "capabilities")']],
  ["capabilities: deny", { CapAdd: ["KILL"] }, ['capability KILL (rule "capabilities")']],
  ["capabilities: allow", { CapAdd: ["ALL"] }, []],

  ["security_options: allow", { SecurityOpt: ["seccomp=unconfined"], MaskedPaths: [] }, []],
  ["security_options: deny", { SecurityOpt: ["no-new-privileges", "no-new-privileges:true"] }, []],
  ["security_options: deny", { SecurityOpt: ["apparmor=docker-default"] }, []],
  ...[
    "seccomp=unconfined",
    "seccomp:unconfined",
    'seccomp={"defaultAction":"SCMP_ACT_ALLOW"}',
    "apparmor=unconfined",
    "apparmor=other",
    "label=disable",
    "label:level:s0:c1",
    "systempaths=unconfined",
    "no-new-privileges=false",
    "writable-cgroups=true",
  ].map((option): [string, HostConfig, string[]] => [
    "security_options: deny",
    { SecurityOpt: [option] },
    [`security option "${option}" (rule "security_options: deny")`],
  ]),
  ["security_options: deny", { MaskedPaths: [] }, ['MaskedPaths (rule "security_options: deny")']],
  ["security_options: deny", { ReadonlyPaths: [] }, ['ReadonlyPaths (rule "security_options: deny")']],
  ["security_options: deny", { Annotations: { "a.b": "c" } }, ['annotation "a.b" (rule "security_options: deny")']],
  [
    "root_user: deny",
    { SecurityOpt: ["no-new-privileges=false"] },
    ['new privileges by setuid programs (rule "root_user: deny")'],
  ],
];

for (const [line, host, denied] of judged) {
  test(`admit() ${denied.length > 0 ? "denies" : "allows"} ${JSON.stringify(host)} by ${line.replaceAll("\n", ", ")}`, () => {
    assert.deepEqual(deniedBy(policyOf(line), wantedOf(host, { config: { User: "1000" } })), denied);
  });
}

test("admit() allows the operator's own seccomp profile, and cuts others short in its message", () => {
  const policy = policyOf("security_options: deny");
  const [ours, theirs] = [`seccomp={"a":"${"x".repeat(99)}"}`, `seccomp={"b":"${"y".repeat(99)}"}`];
  const wanted = wantedOf({ SecurityOpt: [ours, theirs] }, { own: { paths: ["/sandbox"], securityOptions: [ours] } });
  assert.deepEqual(deniedBy(policy, wanted), [
    `security option "${theirs.slice(0, 60)}…" (rule "security_options: deny")`,
  ]);
});

const users: [user: string | undefined, denied: string | undefined][] = [
  ["1000", undefined],
  ["0999:0", undefined],
  ["10", undefined],
  [undefined, "the image's user"],
  ["", "the image's user"],
  ["0", 'user "0"'],
  ["00", 'user "00"'],
  ["+0", 'user "+0"'],
  ["-0", 'user "-0"'],
  ["root", 'user "root"'],
  ["0:1000", 'user "0:1000"'],
  [":5", 'user ":5"'],
  ["app", 'user "app"'],
  ["1x", 'user "1x"'],
];

for (const [user, denied] of users) {
  test(`admit() ${denied ? "denies" : "allows"} user ${user} where root is denied`, () => {
    const wanted = wantedOf({}, { config: user === undefined ? {} : { User: user } });
    const expected = denied ? [`${denied}, expected the number of one that is not root (rule "root_user: deny")`] : [];
    assert.deepEqual(deniedBy(policyOf("root_user: deny"), wanted), expected);
    assert.deepEqual(deniedBy(policyOf("root_user: allow"), wanted), []);
  });
}
