import * as v from "valibot";
import { documentVersion } from "../document.ts";

const text = v.string("text");
const texts = v.array(text, "a list of texts");

/** The library takes a list for an object with numbers for keys. */
const textRecord = v.record(v.string(), text, "an object of texts");
const textMap = v.lazy((value) => (Array.isArray(value) ? v.never("an object of texts") : textRecord));

const port = v.pipe(v.number("a port"), v.integer("a port"), v.minValue(1, "a port"), v.maxValue(65_535, "a port"));
const path = v.pipe(text, v.nonEmpty("a path"));

/** Neither absolute nor with `..` in it; links are looked at when the file is opened. */
const sandboxPath = v.pipe(
  text,
  v.regex(/^(?!\/)(?!([\s\S]*\/)?\.\.(\/|$))[\s\S]+$/, "a path in the sandbox, relative to it"),
);

const sizeWanted = "a size such as 10m";

/** Bytes as a number, or a text such as `10m`; not zero. */
const size = v.union(
  [
    v.pipe(v.number(), v.integer(sizeWanted), v.minValue(1, sizeWanted)),
    v.pipe(v.string(), v.regex(/^(?!0+(\.0+)?[^\d.]?$)\d+(\.\d+)?[bkmgtBKMGT]?$/, sizeWanted)),
  ],
  sizeWanted,
);

const stated = v.strictObject(
  { hostPort: port, containerPort: port, protocol: v.optional(v.picklist(["tcp", "udp", "sctp"], "tcp, udp or sctp")) },
  "an object",
);

const volume = v.strictObject(
  {
    hostPath: path,
    containerPath: path,
    mode: v.optional(v.picklist(["rw", "ro"], "rw or ro")),
    driver: v.optional(text),
    options: v.optional(textMap),
  },
  "an object",
);

const logs = v.strictObject(
  {
    maxSize: v.optional(size),
    maxFiles: v.optional(v.pipe(v.number("a whole number"), v.integer("a whole number"), v.minValue(1, "1 or more"))),
  },
  "an object",
);

/** A field that may be left out; the description goes into the published JSON Schema. */
function said<const S extends v.GenericSchema>(schema: S, description: string) {
  return v.optional(v.pipe(schema, v.description(description)));
}

/** What may be said beside the version, by TaskInfo.data and, key by key, by labels `mesos-docker/<key>`. */
export const documentFields = {
  image: said(v.pipe(text, v.nonEmpty("the name of an image")), "Image, where TaskInfo.container names none"),
  imageArchive: said(
    sandboxPath,
    "Archive in the sandbox that brings the image, by its path there: a docker-archive or OCI archive, also packed",
  ),
  pull: said(v.picklist(["always", "missing", "never"], "always, missing or never"), "When the image is pulled"),
  platform: said(text, "Platform of the image, e.g. linux/arm64"),
  entrypoint: said(texts, "Replaces the image's ENTRYPOINT"),
  command: said(
    v.union([text, texts], "a text, which /bin/sh runs, or a list of texts"),
    "A line for /bin/sh -c, or words that replace the image's CMD",
  ),
  args: said(texts, "Words behind the command, or in the place of the image's CMD"),
  env: said(textMap, "Variables, over those of ExecutorInfo and TaskInfo"),
  user: said(text, "User of the container, and :group, by name or number"),
  workdir: said(text, "Working directory in the container"),
  hostname: said(text, "Host name of the container; none in the network of the host"),
  network: said(
    v.pipe(text, v.nonEmpty("bridge, host, none, or the name of a network")),
    "bridge, host, none, or the name of a network",
  ),
  privileged: said(v.boolean("true or false"), "Whether the container may do all that the host may"),
  ports: said(v.array(stated, "a list of ports"), "Ports to publish; host ports must be the task's own"),
  volumes: said(
    v.array(volume, "a list of volumes"),
    "Paths to mount, relative ones in the sandbox; beside a driver, hostPath is a volume's name",
  ),
  parameters: said(
    v.array(v.strictObject({ key: text, value: text }, "an object"), "a list of keys and values"),
    "Flags of docker run without their dashes",
  ),
  healthcheck: said(
    v.picklist(["off", "report", "kill"], "off, report or kill"),
    "What is made of the image's HEALTHCHECK: statuses, and with kill the end of a task that is unhealthy",
  ),
  stopSignal: said(text, "Signal that asks the container to end"),
  logs: said(logs, "Size of a file of output, and how many of each stream are kept"),
};

/** The whole document. */
export const documentSchema = v.strictObject(
  { mesosDocker: v.literal(documentVersion, "1"), ...documentFields },
  "a JSON object",
);

/** A document that labels say. */
export const labelSchema = v.strictObject(documentFields);

/** What may be said beside the version. */
export type DocumentFields = v.InferOutput<typeof labelSchema>;
