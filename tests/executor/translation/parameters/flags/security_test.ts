import { testFaults, testRows } from "../drafted.ts";

const profile = '{\n  "defaultAction": "SCMP_ACT_ALLOW"\n}';
const compact = '{"defaultAction":"SCMP_ACT_ALLOW"}';
const names = "apparmor, label, no-new-privileges, seccomp, systempaths, writable-cgroups";

testRows([
  [["read-only", "true"], { ReadonlyRootfs: true }],
  [["security-opt", "no-new-privileges"], { SecurityOpt: ["no-new-privileges"] }],
  [["security-opt", "no-new-privileges:true"], { SecurityOpt: ["no-new-privileges=true"] }],
  [["security-opt", "no-new-privileges=false"], { SecurityOpt: ["no-new-privileges=false"] }],
  [["security-opt", "apparmor=unconfined"], { SecurityOpt: ["apparmor=unconfined"] }],
  [["security-opt", "label:disable"], { SecurityOpt: ["label=disable"] }],
  [["security-opt", "label=level:s0:c1"], { SecurityOpt: ["label=level:s0:c1"] }],
  [["security-opt", "seccomp=unconfined"], { SecurityOpt: ["seccomp=unconfined"] }],
  [["security-opt", "seccomp:builtin"], { SecurityOpt: ["seccomp=builtin"] }],
  [["security-opt", `seccomp=${profile}`], { SecurityOpt: [`seccomp=${compact}`] }],
  [
    ["security-opt", "seccomp=profile.json"],
    { SecurityOpt: [`seccomp=${compact}`] },
    { files: { "profile.json": profile } },
  ],
  [["security-opt", "systempaths=unconfined"], { MaskedPaths: [], ReadonlyPaths: [] }],
  [["security-opt", "writable-cgroups=true"], { SecurityOpt: ["writable-cgroups=true"] }],
]);

testFaults([
  [["read-only", "ro"], '"read-only" is "ro", expected true or false'],
  [["security-opt", "mask=/proc"], `"security-opt" is "mask=/proc", expected one of ${names}`],
  [["security-opt", "seccomp"], '"security-opt" is "seccomp", expected a value, as in seccomp=…'],
  [
    ["security-opt", "no-new-privileges=maybe"],
    '"security-opt" is "maybe", expected no-new-privileges with true, false or nothing',
  ],
  [["security-opt", "systempaths=all"], '"security-opt" is "all", expected systempaths=unconfined'],
  [["security-opt", "writable-cgroups=on"], '"security-opt" is "on", expected writable-cgroups with true or false'],
  [
    ["security-opt", "credentialspec=file://x"],
    '"security-opt" option "credentialspec" is for Windows containers only',
  ],
  [["security-opt", "seccomp={oops"], '"security-opt" has a seccomp profile that is not JSON'],
  [
    ["security-opt", "seccomp=/etc/shadow"],
    '"security-opt" cannot be used: Cannot read "/etc/shadow": it is not in the sandbox',
  ],
]);
