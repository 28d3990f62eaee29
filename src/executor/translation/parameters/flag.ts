import type { EndpointSettings } from "../../../docker/mod.ts";
import type { ConfigFields, ContainerDraft, HostFields } from "../container_draft.ts";
import type { ParameterContext } from "./context.ts";
import { parseSwitch } from "./values/switch.ts";

/** A flag of `docker run`: how it is written, and what it does to a draft. */
export interface Flag {
  /** A switch stands alone on a command line; all others take what follows. */
  takes: "value" | "switch";
  /** Throws ParameterFault for a value that cannot be used. */
  apply: (value: string, reading: Reading) => void;
}

/** A network that a flag names, with what it says of the container in it. */
export interface Attachment {
  network: string;
  settings: EndpointSettings;
  source: string;
}

/** Settings for the network that the container starts in, which is known when all flags have been read. */
export interface PendingEndpoint {
  key: string;
  settings: EndpointSettings;
}

/** What all flags of one task share while they are read. */
export interface Course {
  readonly draft: ContainerDraft;
  readonly context: ParameterContext;
  readonly warnings: string[];
  readonly attachments: Attachment[];
  readonly pendingEndpoints: PendingEndpoint[];
  /** Keys that were read, and where they stood. */
  readonly seen: Map<string, string>;
  /** Variables and labels that only files say; anything else that says them wins, wherever it stands. */
  readonly fromFiles: Set<string>;
}

/** One flag as it is read. */
export interface Reading extends Course {
  readonly key: string;
  /** For the draft: who says it, by which key. */
  readonly source: string;
}

/** Flags by their keys. */
export type Flags = Readonly<Record<string, Flag>>;

type Item<T> = NonNullable<T> extends readonly (infer E)[] ? E : never;
type Entry<T> = NonNullable<T> extends Readonly<Record<string, infer V>> ? V : never;

/** A flag that says a field of HostConfig. */
export function hostValue<K extends keyof HostFields & string>(
  field: K,
  parse: (text: string) => NonNullable<HostFields[K]>,
): Flag {
  return { takes: "value", apply: (value, { draft, source }) => draft.host.set(field, parse(value), source) };
}

/** A flag that adds to a list of HostConfig. */
export function hostItem<K extends keyof HostFields & string>(
  field: K,
  parse: (text: string) => Item<HostFields[K]>,
): Flag {
  return { takes: "value", apply: (value, { draft, source }) => draft.host.add(field, [parse(value)], source) };
}

/** A flag that says an entry of a map of HostConfig. */
export function hostEntry<K extends keyof HostFields & string>(
  field: K,
  parse: (text: string) => { name: string; value: Entry<HostFields[K]> },
): Flag {
  return {
    takes: "value",
    apply: (text, { draft, source }) => {
      const { name, value } = parse(text);
      draft.host.put(field, name, value, source);
    },
  };
}

/** A flag that says a field of the container's own configuration. */
export function configValue<K extends keyof ConfigFields & string>(
  field: K,
  parse: (text: string) => NonNullable<ConfigFields[K]>,
): Flag {
  return { takes: "value", apply: (value, { draft, source }) => draft.config.set(field, parse(value), source) };
}

/** A flag without a value, or with `true` or `false`. */
export function switchFlag(set: (isOn: boolean, reading: Reading) => void): Flag {
  return { takes: "switch", apply: (value, reading) => set(parseSwitch(value), reading) };
}

/** A flag of the network that the container starts in. */
export function endpointValue(parse: (text: string) => EndpointSettings): Flag {
  return {
    takes: "value",
    apply: (value, { key, pendingEndpoints }) => pendingEndpoints.push({ key, settings: parse(value) }),
  };
}
