import type { ExecutorInfo, TaskInfo } from "../../../mesos/protocol.ts";
import { TaskError } from "../../task/task_error.ts";
import type { Statement } from "../statement.ts";
import { readContainerInfo } from "./container_info.ts";
import { readLabels } from "./labels.ts";
import { stripDockerUrl } from "./marathon.ts";
import { readTaskData } from "./task_data.ts";

/** All that speaks of a task's container. */
export interface Carried {
  image: string;
  /** Which carrier names the image. */
  imageSource: string;
  /** In order: who speaks first is heeded. */
  statements: readonly Statement[];
  /** Whether the framework leaves ports to the executor, as those of the first mesos-docker did (contract D.5). */
  ports: "stated" | "left to the executor";
  warnings: readonly string[];
}

/**
 * Reads every carrier, in the order of contract D.8: TaskInfo.container, TaskInfo.data, labels, argv. The image is that of
 * the first that names one; argv is `IMAGE ARG…` when none of the others does, else `ARG…`.
 */
export function readCarriers(task: TaskInfo, executorInfo: ExecutorInfo, argv: readonly string[]): Carried {
  const data = readTaskData(task, executorInfo);
  const described = [readContainerInfo(task), data.statement, readLabels(task.labels)];
  const words = [...argv, ...data.words];
  const named = described.find(({ image }) => image !== undefined);
  const [first, ...rest] = words;
  const image = named?.image ?? first;
  if (!image) throw new TaskError("invalid", noImage);
  const args = named ? words : rest;
  return {
    image: stripDockerUrl(image) ?? image,
    imageSource: named?.source ?? "argv",
    statements: [...described, { source: "argv", ...(args.length > 0 ? { args } : {}) }],
    ports: !named || (data.form === "legacy" && !task.container) ? "left to the executor" : "stated",
    warnings: data.warnings,
  };
}

const noImage =
  "No image: set container.docker.image in TaskInfo, image in TaskInfo.data, label mesos-docker/image, or start the " +
  "executor with IMAGE as its first argument";
