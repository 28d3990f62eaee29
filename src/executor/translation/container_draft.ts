import type { ContainerConfig, EndpointSettings, HostConfig } from "../../docker/mod.ts";
import type { MountSpec, PortMapping, PullPolicy } from "../task/task_spec.ts";

/** What of a container's own configuration is drafted by field; the rest has a place of its own in the draft. */
export type ConfigFields = Omit<ContainerConfig, "Image" | "Env" | "HostConfig" | "NetworkingConfig">;

/** What of the host's side is drafted by field. */
export type HostFields = Omit<HostConfig, "NetworkMode" | "PortBindings">;

/** A port to be published; without a host port, one of the task's own is taken that nothing else uses. */
export type DraftedPort = Omit<PortMapping, "hostPort"> & { hostPort?: number; source: string };

type Item<T> = NonNullable<T> extends readonly (infer E)[] ? E : never;
type Entry<T> = NonNullable<T> extends Readonly<Record<string, infer V>> ? V : never;

/** Fields of one object of the create body. Later values replace earlier ones, lists and maps grow. */
export class Section<T extends object> {
  readonly #prefix: string;
  readonly #sources: Map<string, string[]>;
  readonly #fields: Partial<Record<keyof T, unknown>> = {};

  constructor(prefix: string, sources: Map<string, string[]>) {
    this.#prefix = prefix;
    this.#sources = sources;
  }

  /** Says a field, whatever was said of it before. */
  set<K extends keyof T & string>(key: K, value: NonNullable<T[K]>, source: string): void {
    this.#fields[key] = value;
    this.#sources.set(this.#prefix + key, [source]);
  }

  /** Adds to a list. */
  add<K extends keyof T & string>(key: K, items: readonly Item<T[K]>[], source: string): void {
    if (items.length === 0) return;
    this.#fields[key] = [...((this.#fields[key] as Item<T[K]>[] | undefined) ?? []), ...items];
    this.#note(key, source);
  }

  /** Sets an entry of a map. */
  put<K extends keyof T & string>(key: K, name: string, value: Entry<T[K]>, source: string): void {
    const entries = new Map(Object.entries((this.#fields[key] as object | undefined) ?? {})).set(name, value);
    this.#fields[key] = Object.fromEntries(entries);
    this.#note(key, source);
  }

  /** What has been said of a field. */
  get<K extends keyof T & string>(key: K): T[K] | undefined {
    return this.#fields[key] as T[K] | undefined;
  }

  /** Who said it, for messages. */
  sourceOf(key: keyof T & string): string {
    return this.#sources.get(this.#prefix + key)?.join(", ") ?? "nobody";
  }

  /** Takes back what was said of a field. */
  unset(key: keyof T & string): void {
    delete this.#fields[key];
    this.#sources.delete(this.#prefix + key);
  }

  /** All that has been said. */
  get fields(): Partial<T> {
    return { ...this.#fields } as Partial<T>;
  }

  #note(key: string, source: string): void {
    const path = this.#prefix + key;
    const known = this.#sources.get(path) ?? [];
    if (!known.includes(source)) this.#sources.set(path, [...known, source]);
  }
}

/**
 * A container's description while it is put together from all that speaks of it, with who said what: the Engine's own
 * fields, and beside them what needs more than a field.
 */
export class ContainerDraft {
  /** By field of the create body, e.g. `HostConfig.Memory`: where its value comes from. */
  readonly sources = new Map<string, string[]>();
  readonly config = new Section<ConfigFields>("", this.sources);
  readonly host = new Section<HostFields>("HostConfig.", this.sources);
  /** Variables; `undefined` takes one of the image's away. */
  readonly environment = new Map<string, string | undefined>();
  readonly ports: DraftedPort[] = [];
  readonly mounts: MountSpec[] = [];
  /** Items of SecurityOpt that the operator has written. */
  readonly operatorOptions: string[] = [];
  /** Settings by network, the first being the one that the container starts in; for networks of the user alone. */
  readonly endpoints = new Map<string, EndpointSettings>();
  /** `host`, `bridge`, `none`, `container:<id>` or a network's name. */
  networkMode = "bridge";
  /** Whether the ports that the image exposes are published too, on the task's own host ports. */
  publishExposed: "yes" | "no" = "no";
  pull: PullPolicy = "missing";
  platform: string | undefined;

  /** Says a variable. */
  setVariable(name: string, value: string | undefined, source: string): void {
    this.environment.set(name, value);
    this.note(`Env.${name}`, source);
  }

  /** Says which network the container starts in. */
  setNetwork(mode: string, source: string): void {
    this.networkMode = mode;
    this.note("HostConfig.NetworkMode", source);
  }

  /** Adds settings in the network of that name. */
  setEndpoint(network: string, settings: EndpointSettings): void {
    const known = this.endpoints.get(network) ?? {};
    const ipam = { ...known.IPAMConfig, ...settings.IPAMConfig };
    this.endpoints.set(network, {
      ...known,
      ...settings,
      ...(Object.keys(ipam).length > 0 ? { IPAMConfig: ipam } : {}),
      ...(known.Aliases || settings.Aliases
        ? { Aliases: [...(known.Aliases ?? []), ...(settings.Aliases ?? [])] }
        : {}),
    });
  }

  /** Says when the image is pulled. */
  setPull(pull: PullPolicy, source: string): void {
    this.pull = pull;
    this.note("pull", source);
  }

  /** Says which platform's image is wanted. */
  setPlatform(platform: string, source: string): void {
    this.platform = platform;
    this.note("platform", source);
  }

  /** Writes down where a value comes from that has replaced all others. */
  note(path: string, source: string): void {
    this.sources.set(path, [source]);
  }
}
