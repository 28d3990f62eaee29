import { unexpected } from "../fault.ts";
import { configValue, type Flags, switchFlag } from "../flag.ts";
import { integer } from "../values/numbers.ts";
import { matching, parseText } from "../values/text.ts";

/** What is run, as whom, where and how it is ended; and from which image. */
export const processFlags: Flags = {
  // The command stays as it is: the image's own is left out by the daemon as soon as there is an entrypoint.
  entrypoint: configValue("Entrypoint", (text) => [text]),
  user: configValue("User", parseText),
  workdir: configValue("WorkingDir", matching(/^(\/.*)?$/s, "an absolute path")),
  hostname: configValue("Hostname", parseText),
  domainname: configValue("Domainname", parseText),
  init: switchFlag((isOn, { draft, source }) => draft.host.set("Init", isOn, source)),
  interactive: switchFlag((isOn, { draft, source }) => draft.config.set("OpenStdin", isOn, source)),
  tty: switchFlag((isOn, { draft, source }) => draft.config.set("Tty", isOn, source)),
  "stop-signal": configValue("StopSignal", matching(/^(\d+|[A-Za-z]\w*([+-]\d+)?)?$/, "a signal such as SIGTERM")),
  "stop-timeout": configValue("StopTimeout", integer(-1)),
  platform: { takes: "value", apply: (value, { draft, source }) => draft.setPlatform(value, source) },
  pull: {
    takes: "value",
    apply: (value, { draft, source }) => {
      if (value !== "always" && value !== "missing" && value !== "never") {
        throw unexpected(value, "always, missing or never");
      }
      draft.setPull(value, source);
    },
  },
};
