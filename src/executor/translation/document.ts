import { TaskError } from "../task_error.ts";

/** Version of the document that this program writes. */
export const documentVersion = 1;

/**
 * What TaskInfo.data may say beside TaskInfo itself: a plain LAUNCH to a custom executor has no place for the
 * container's command (contract, trap 16). JSON, UTF-8.
 *
 * @example {"mesosDocker": 1, "command": ["redis-server", "--port", "7000"], "environment": {"A": "1"}}
 */
export interface TaskDocument {
  mesosDocker: typeof documentVersion;
  /** Replaces the image's CMD. */
  command?: readonly string[];
  /** Replaces the image's ENTRYPOINT. */
  entrypoint?: readonly string[];
  /** Added to the environment of ExecutorInfo.command and TaskInfo.command, over them. */
  environment?: Readonly<Record<string, string>>;
}

/** Bytes for TaskInfo.data. */
export function formatDocument(document: Omit<TaskDocument, "mesosDocker">): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ mesosDocker: documentVersion, ...document }));
}

/** Reads TaskInfo.data; absent data is an empty document. Throws {@link TaskError} that names what is wrong with it. */
export function parseDocument(data: Uint8Array): Partial<TaskDocument> {
  if (data.length === 0) return {};
  const document = parseObject(data);
  const { mesosDocker, ...rest } = document;
  if (mesosDocker === undefined) {
    throw new TaskError(
      "unsupported",
      `Cannot use TaskInfo.data: expected a JSON object with "mesosDocker": ${documentVersion}`,
    );
  }
  if (mesosDocker !== documentVersion) {
    throw new TaskError(
      "unsupported",
      `Cannot use TaskInfo.data: version ${JSON.stringify(mesosDocker)} is not ${documentVersion}`,
    );
  }
  const faults = Object.entries(rest).flatMap(([key, value]) => {
    const check = checks.get(key);
    if (!check) return [`data.${key} is unknown`];
    return check.accepts(value) ? [] : [`data.${key} is not ${check.expected}`];
  });
  if (faults.length > 0) throw new TaskError("invalid", `Cannot use TaskInfo.data: ${faults.join("; ")}`);
  return document as Partial<TaskDocument>;
}

const isTextList = (value: unknown) => Array.isArray(value) && value.every((item) => typeof item === "string");

const checks = new Map<string, { accepts: (value: unknown) => boolean; expected: string }>([
  ["command", { accepts: isTextList, expected: "an array of strings" }],
  ["entrypoint", { accepts: isTextList, expected: "an array of strings" }],
  [
    "environment",
    { accepts: (value) => isObject(value) && isTextList(Object.values(value)), expected: "an object of strings" },
  ],
]);

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseObject(data: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(data));
  } catch (cause) {
    throw new TaskError("unsupported", "Cannot use TaskInfo.data: it is not JSON", { cause });
  }
  if (!isObject(value)) throw new TaskError("unsupported", "Cannot use TaskInfo.data: it is not a JSON object");
  return value;
}
