import { type FaultRow, testFaults, testRows } from "../drafted.ts";

const attached = "the executor itself is attached to the container";
const windows = "it is for Windows containers only";

const reasons: readonly (readonly [key: string, reason: string])[] = [
  ["name", "the executor names the container"],
  ["cidfile", "it would write a file on the host, and the executor knows the container's id"],
  ["detach", attached],
  ["detach-keys", attached],
  ["attach", attached],
  ["sig-proxy", "signals reach the container by kills of the task"],
  ["rm", "the container is removed by the executor, and its exit status would be lost"],
  ["quiet", "the progress of pulls is not shown anyway"],
  ["help", "it would print a text in the place of running the container"],
  ["use-api-socket", "it would hand the daemon and the host's credentials to the container"],
  ["cpu-count", windows],
  ["cpu-percent", windows],
  ["io-maxbandwidth", windows],
  ["io-maxiops", windows],
  ["credentialspec", windows],
];

testFaults(reasons.map(([key, reason]): FaultRow => [[key, "true"], `"${key}" is not possible: ${reason}`]));

testFaults([
  [
    ["restart", "always"],
    '"restart" is "always", expected no: a task ends with its container, and the framework is who starts it again',
  ],
  [
    ["disable-content-trust", "false"],
    '"disable-content-trust" cannot be false: signatures of images are not verified',
  ],
]);

testRows([
  [["restart", "no"], {}],
  [["disable-content-trust", ""], {}],
]);
