import { TaskError } from "../../task/task_error.ts";
import { parseOptions } from "../parameters/options.ts";
import type { Parameter } from "../parameters/parameter.ts";
import type { Statement } from "../statement.ts";
import { stripDockerUrl } from "./docker_url.ts";
import { ForeignObject, isObject } from "./foreign_object.ts";
import { readMarathonDocker } from "./marathon_docker.ts";

export { stripDockerUrl } from "./docker_url.ts";

/** What an app's JSON says of the container. */
export interface MarathonApp {
  statement: Statement;
  /** What was not heeded, and why. */
  warnings: readonly string[];
}

/** Options of {@link readMarathonApp}. */
export interface MarathonOptions {
  /** Ports of the task in the order of its resources: mappings with host port 0 take theirs from them. */
  offeredPorts?: readonly number[];
}

const source = "TaskInfo.data";

/**
 * Reads the JSON of an app that Marathon up to 1.1 puts into TaskInfo.data (contract D.4, D.5). Two forms of `container`
 * have an image: `{image: "docker:///…", options}` until 0.6, and `{type: "DOCKER", docker, volumes}` from 0.7 on. Any
 * other one is not heeded, with a warning: the image is then argv's. Where the image is known, what cannot be honoured
 * throws {@link TaskError} that names all of it.
 *
 * The app's `cmd` is also the executor's argv, by way of the host's shell. For the older form argv is what counts; for
 * the newer one the command is stated as Marathon sends it to Mesos' own Docker path. Uris, `user` and labels reach the
 * executor by its CommandInfo and TaskInfo, and other keys are Marathon's own affair: neither is read here.
 */
export function readMarathonApp(document: Record<string, unknown>, options: MarathonOptions = {}): MarathonApp {
  const app = new ForeignObject(document);
  const warnings: string[] = [];
  const env = readEnv(app, warnings);
  const container = readContainer(app, { ...options, warnings });
  if (app.faults.length > 0) throw new TaskError("unsupported", `Cannot use ${source}: ${app.faults.join("; ")}`);
  return { statement: { source, ...(env ? { env } : {}), ...container }, warnings };
}

function readEnv(app: ForeignObject, warnings: string[]): Record<string, string> | undefined {
  const value = app.raw("env");
  if (value === undefined) return undefined;
  if (!isObject(value)) {
    warnings.push("env is not heeded: it is not an object");
    return undefined;
  }
  const variables = Object.entries(value).flatMap(([name, entry]): [string, string][] => {
    if (typeof entry === "string") return [[name, entry]];
    if (typeof entry === "number" || typeof entry === "boolean") return [[name, String(entry)]];
    if (isObject(entry) && typeof entry.secret === "string") {
      app.fault(`env.${name}`, `refers to secret "${entry.secret}", which only Marathon can resolve`);
    } else {
      warnings.push(`env.${name} is not heeded: it is not a text`);
    }
    return [];
  });
  return Object.fromEntries(variables);
}

function readContainer(app: ForeignObject, context: MarathonOptions & { warnings: string[] }): Partial<Statement> {
  const { warnings } = context;
  const value = app.raw("container");
  const ignore = (why: string) => {
    warnings.push(`container is not heeded: ${why}`);
    return {};
  };
  if (value === undefined) return app.has("container") ? ignore("it is null") : {};
  if (!isObject(value)) return ignore("it is not an object");
  const container = new ForeignObject(value, { path: "container", faults: app.faults });
  const docker = container.raw("docker");
  if (docker === undefined) return readOldContainer(container, { app, warnings, ignore });
  if (!isObject(docker)) return ignore("its docker is not an object");
  const type = container.raw("type") ?? "DOCKER";
  if (type !== "DOCKER") return ignore("its type is not DOCKER");
  const image = docker.image;
  if (typeof image !== "string" || image.trim() === "") return ignore("its docker names no image");
  return {
    image: stripDockerUrl(image) ?? image,
    ...readMarathonDocker(app, container, { source, ...context }),
  };
}

function readOldContainer(
  container: ForeignObject,
  context: { app: ForeignObject; warnings: string[]; ignore: (why: string) => object },
): Partial<Statement> {
  const { app, warnings, ignore } = context;
  const value = container.raw("image");
  const image = typeof value === "string" ? stripDockerUrl(value) : undefined;
  if (image === undefined) return ignore("its image is not docker:///…");
  const { options, trailing } = splitAtSlashes(container.texts("options"));
  const parameters: Parameter[] = parseOptions(options, source);
  const hasCommand = Boolean(app.text("cmd")?.trim()) || app.texts("args").length > 0;
  if (hasCommand && trailing.length > 0) {
    warnings.push(`container.options behind "//" is not heeded: the app has a command`);
  }
  return {
    image,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(!hasCommand && trailing.length > 0 ? { args: trailing } : {}),
  };
}

/** With deimos, options behind `//` are the container's arguments when the app has no command (contract D.6). */
function splitAtSlashes(texts: readonly string[]): { options: readonly string[]; trailing: readonly string[] } {
  const at = texts.indexOf("//");
  return at < 0 ? { options: texts, trailing: [] } : { options: texts.slice(0, at), trailing: texts.slice(at + 1) };
}
