import {
  Image_Type as ImageType,
  Secret_Type as SecretType,
  Volume_Source_Type as SourceType,
  Environment_Variable_Type as VariableType,
  Volume_Mode,
} from "../../../../src/mesos/protocol.ts";
import type { TaskInit } from "../../task_specimen.ts";
import type { Refusal, Told } from "./tables.ts";

type Any = Record<string, unknown>;

/** Adds to the message at the end of a path of fields and list positions; the path is made where it is not there. */
function add(message: Any, [step, ...rest]: readonly (string | number)[], more: Any): Any {
  if (step === undefined) return { ...more, ...message };
  const inner = message[step as string];
  if (typeof rest[0] === "number") {
    const [first = {}, ...others] = (inner as Any[] | undefined) ?? [];
    return { ...message, [step]: [add(first, rest.slice(1), more), ...others] };
  }
  return { ...message, [step]: add((inner as Any | undefined) ?? {}, rest, more) };
}

/** Completes a task at several places. */
function completed(...places: [path: readonly (string | number)[], more: Any][]): NonNullable<Refusal["complete"]> {
  return ({ task, ...rest }) => ({
    ...rest,
    task: places.reduce((message, [path, more]) => add(message, path, more), task as Any) as TaskInit,
  });
}

const volume = ["container", "volumes", 0] as const;
const image = [...volume, "image"] as const;
const source = [...volume, "source"] as const;
const variables = ["environment", "variables", 0] as const;
const docker = { type: ImageType.DOCKER };
const place = { mode: Volume_Mode.RO, containerPath: "/c" };
const reference = { type: SecretType.REFERENCE };
const onlyValues = "and executors are given only secrets of type VALUE";
const ofReference = (field: string) =>
  new RegExp(`^Cannot honour ${field.replaceAll(/[[\].]/g, "\\$&")}: secret ".*" is a REFERENCE, ${onlyValues}$`);

const secretVariable = { name: "A", type: VariableType.SECRET };

/** Fields that are refused by their names, and all that lie below them. */
export const refusals: Readonly<Record<string, Refusal>> = {
  "check.command.command.uris": {
    code: "unsupported",
    message: "Cannot honour check.command.command.uris: nobody fetches what a check names",
    complete: completed([["check"], { type: 1 }]),
  },
  "health_check.command.uris": {
    code: "unsupported",
    message: "Cannot honour health_check.command.uris: nobody fetches what a check names",
    complete: completed([["healthCheck"], { type: 1 }]),
  },
  "check.command.command.environment.variables.secret.reference": {
    code: "unsupported",
    message: ofReference('check.command.command.environment: variable "A"'),
    complete: completed(
      [["check"], { type: 1 }],
      [["check", "command", "command"], { value: "a" }],
      [["check", "command", "command", ...variables], secretVariable],
      [["check", "command", "command", ...variables, "secret"], reference],
    ),
  },
  "health_check.command.environment.variables.secret.reference": {
    code: "unsupported",
    message: ofReference('health_check.command.environment: variable "A"'),
    complete: completed(
      [["healthCheck"], { type: 1 }],
      [["healthCheck", "command"], { value: "a" }],
      [["healthCheck", "command", ...variables], secretVariable],
      [["healthCheck", "command", ...variables, "secret"], reference],
    ),
  },
  "command.environment.variables.secret.reference": {
    code: "unsupported",
    message: ofReference('TaskInfo.command.environment: variable "A"'),
    complete: completed(
      [["command"], { shell: false }],
      [["command", ...variables], secretVariable],
      [["command", ...variables, "secret"], reference],
    ),
  },
  "ExecutorInfo.command.environment.variables.secret.reference": {
    code: "unsupported",
    message: ofReference('ExecutorInfo.command.environment: variable "A"'),
    complete: ({ task, executor = {} }: Told): Told => {
      const named = add(executor as Any, ["command", ...variables], secretVariable);
      return {
        task,
        executor: add(named, ["command", ...variables, "secret"], reference) as Told["executor"] & object,
      };
    },
  },
  "container.volumes.image.appc": {
    code: "unsupported",
    message: "Cannot honour container.volumes[0].image: only images of type DOCKER can be mounted",
    complete: completed([volume, place], [image, { type: ImageType.APPC }]),
  },
  "container.volumes.image.docker.credential": {
    code: "unsupported",
    message: "Cannot honour container.volumes[0].image.docker: credentials of an image that is mounted",
    complete: completed([volume, place], [image, docker], [[...image, "docker"], { name: "a" }]),
  },
  "container.volumes.image.docker.config": {
    code: "unsupported",
    message: "Cannot honour container.volumes[0].image.docker: credentials of an image that is mounted",
    complete: completed([volume, place], [image, docker], [[...image, "docker"], { name: "a" }]),
  },
  "container.volumes.image.cached": {
    code: "unsupported",
    message:
      "Cannot honour container.volumes[0].image.cached: an image that is mounted is pulled only when the daemon lacks it",
    complete: ({ task }) => ({
      task: add(add({ ...(task as Any), container: {} }, volume, place), image, {
        ...docker,
        docker: { name: "a" },
        cached: false,
      }) as TaskInit,
    }),
  },
  "container.volumes.source.secret.reference": {
    code: "unsupported",
    message: ofReference("container.volumes[0].source.secret"),
    complete: completed([volume, place], [source, { type: SourceType.SECRET }], [[...source, "secret"], reference]),
  },
  "container.volumes.source.csi_volume": {
    code: "unsupported",
    message: "Cannot honour container.volumes[0].source.csi_volume: Docker has no CSI volumes",
    complete: completed([volume, place], [source, { type: SourceType.CSI_VOLUME }]),
  },
  "container.mesos.image.appc": {
    code: "unsupported",
    message: "Cannot honour container.mesos.image: only images of type DOCKER can be run",
    complete: completed([["container", "mesos", "image"], { type: ImageType.APPC }]),
  },
  "container.mesos.image.docker.config.reference": {
    code: "unsupported",
    message: ofReference("container.mesos.image.docker.config"),
    complete: completed(
      [["container", "mesos", "image"], docker],
      [["container", "mesos", "image", "docker"], { name: "a" }],
      [["container", "mesos", "image", "docker", "config"], reference],
    ),
  },
  "container.network_infos.groups": {
    code: "unsupported",
    message: "Cannot honour container.network_infos.groups: Docker has no network groups",
  },
};
