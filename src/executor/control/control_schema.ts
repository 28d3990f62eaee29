import { constants } from "node:os";
import * as v from "valibot";

/** Version of the messages that this program reads and writes. */
export const controlVersion = 1;

const version = v.literal(controlVersion);

const taskId = v.pipe(v.string("a task's id"), v.nonEmpty("a task's id"));

/** With `SIG` or without, as `docker kill` takes it. */
const signalName = v.pipe(
  v.string("the name of a signal"),
  v.transform((name) => (name.startsWith("SIG") ? name : `SIG${name}`)),
  v.check((name) => Object.hasOwn(constants.signals, name), "the name of a signal"),
);

/** What a framework may ask of an executor by a MESSAGE: one of these. */
export const controlSchema = v.pipe(
  v.union(
    [
      v.strictObject({ mesosDocker: version, signal: v.strictObject({ task: taskId, name: signalName }) }),
      v.strictObject({ mesosDocker: version, tasks: v.strictObject({}) }),
      v.strictObject({ mesosDocker: version, stats: v.strictObject({ task: taskId }) }),
      v.strictObject({ mesosDocker: version, pull: v.strictObject({ task: taskId }) }),
    ],
    'expected {"mesosDocker": 1} with one of "signal": {"task", "name"}, "stats": {"task"}, "pull": {"task"} and "tasks": {}',
  ),
  v.title("a request of a framework"),
);

/** A message as it was read. */
export type ControlMessage = v.InferOutput<typeof controlSchema>;

const overview = v.strictObject({ task: v.string(), phase: v.string(), containerId: v.exactOptional(v.string()) });

const statistics = v.pipe(
  v.looseObject({ timestamp: v.number() }),
  v.description("ResourceStatistics of mesos.proto, its fields named as there; mem_oom_events is added"),
);

const layer = v.strictObject({
  id: v.string(),
  status: v.pipe(v.string(), v.description("the daemon's own word")),
  currentBytes: v.exactOptional(v.number()),
  totalBytes: v.exactOptional(v.number()),
  source: v.exactOptional(v.pipe(v.string(), v.description("the registry or mirror that its bytes come from"))),
});

/** What came of a request. */
const reply = v.union([
  v.strictObject({ signal: v.strictObject({ task: v.string(), name: v.string() }) }),
  v.strictObject({ tasks: v.array(overview) }),
  v.strictObject({ stats: v.strictObject({ task: v.string(), statistics }) }),
  v.strictObject({
    pull: v.strictObject({ task: v.string(), phase: v.string(), image: v.string(), layers: v.array(layer) }),
  }),
]);

/** What an executor answers, by a MESSAGE too. */
export const answerSchema = v.pipe(
  v.union([
    v.strictObject({ mesosDocker: version, reply }),
    v.strictObject({ mesosDocker: version, error: v.string() }),
  ]),
  v.title("the answer of an executor"),
);

/** What came of a request that could be done. */
export type ControlReply = v.InferOutput<typeof reply>;
