import { ParameterFault, unexpected } from "../fault.ts";
import { type Flag, type Flags, switchFlag } from "../flag.ts";

const ownEnd = "the container is removed by the executor, and its exit status would be lost";
const windows = "it is for Windows containers only";
const attached = "the executor itself is attached to the container";

/** Flags that would take the container out of the executor's hands (contract B.4), or that mean nothing here. */
export const refusedFlags: Flags = {
  name: refused("value", "the executor names the container"),
  cidfile: refused("value", "it would write a file on the host, and the executor knows the container's id"),
  detach: refused("switch", attached),
  "detach-keys": refused("value", attached),
  attach: refused("value", attached),
  "sig-proxy": refused("switch", "signals reach the container by kills of the task"),
  rm: refused("switch", ownEnd),
  restart: restart(),
  quiet: refused("switch", "the progress of pulls is not shown anyway"),
  help: refused("switch", "it would print a text in the place of running the container"),
  "disable-content-trust": contentTrust(),
  "use-api-socket": refused("switch", "it would hand the daemon and the host's credentials to the container"),

  "cpu-count": refused("value", windows),
  "cpu-percent": refused("value", windows),
  "io-maxbandwidth": refused("value", windows),
  "io-maxiops": refused("value", windows),
  credentialspec: refused("value", windows),
};

function refused(takes: Flag["takes"], reason: string): Flag {
  return {
    takes,
    apply: () => {
      throw new ParameterFault(`is not possible: ${reason}`);
    },
  };
}

/** `no` is what the container gets in any case. */
function restart(): Flag {
  return {
    takes: "value",
    apply: (value) => {
      if (value !== "no" && value !== "") {
        throw unexpected(value, "no: a task ends with its container, and the framework is who starts it again");
      }
    },
  };
}

function contentTrust(): Flag {
  return switchFlag((isOn) => {
    if (!isOn) throw new ParameterFault("cannot be false: signatures of images are not verified");
  });
}
