import { constants } from "node:os";
import * as v from "valibot";

/** Version of the messages that this program reads and writes. */
export const controlVersion = 1;

const taskId = v.pipe(v.string("a task's id"), v.nonEmpty("a task's id"));

/** With `SIG` or without, as `docker kill` takes it. */
const signalName = v.pipe(
  v.string("the name of a signal"),
  v.transform((name) => (name.startsWith("SIG") ? name : `SIG${name}`)),
  v.check((name) => Object.hasOwn(constants.signals, name), "the name of a signal"),
);

/** What a framework may ask of an executor by a MESSAGE: one of these. */
export const controlSchema = v.union(
  [
    v.strictObject({
      mesosDocker: v.literal(controlVersion),
      signal: v.strictObject({ task: taskId, name: signalName }),
    }),
    v.strictObject({ mesosDocker: v.literal(controlVersion), tasks: v.strictObject({}) }),
  ],
  'expected {"mesosDocker": 1} with one of "signal": {"task", "name"} and "tasks": {}',
);

/** A message as it was read. */
export type ControlMessage = v.InferOutput<typeof controlSchema>;
