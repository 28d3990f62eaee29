import type { TaskSpec } from "../../../../src/executor/task/task_spec.ts";
import {
  Image_Type as ImageType,
  MountPropagation_Mode as Propagation,
  Volume_Source_SandboxPath_Type as SandboxPath,
  Secret_Type as SecretType,
  Volume_Mode,
} from "../../../../src/mesos/protocol.ts";
import type { TaskInit } from "../../task_specimen.ts";
import { bytesOf } from "../translation_specimen.ts";
import {
  dockerVolume,
  from,
  hostPath,
  type Source,
  sandboxPath,
  secret,
  type Volume,
  withVolumes,
} from "../volume_specimen.ts";
import type { Behaviours } from "./tables.ts";

const { RO, RW } = Volume_Mode;

const secretOf = (text: string) => ({ type: SecretType.VALUE, value: { data: bytesOf(text) } });
const mounted = (source: Source, mode: Volume_Mode = RW): TaskInit => withVolumes([from(source, mode)]);
const first = (spec: TaskSpec) => spec.mounts[0] as object;
const given = (key: string) => (spec: TaskSpec) => (first(spec) as Record<string, unknown>)[key];
const byPath = (volume: Partial<Volume>): TaskInit =>
  withVolumes([{ mode: RW, hostPath: "/h", containerPath: "/c", ...volume }]);
const image = { mode: RO, containerPath: "/c", image: { type: ImageType.DOCKER, docker: { name: "a" } } } as const;
const options = (key: string, value: string) =>
  dockerVolume({ driver: "x", driverOptions: { parameter: [{ key, value }] } });
const secretFile = mounted(secret(secretOf("hidden")));

/** What fields of volumes do. */
export const volumeBehaviours: Behaviours = Object.fromEntries(
  Object.entries({
    mode: { task: byPath({ mode: RO }), without: { task: byPath({}) }, read: given("mode"), expected: "ro" },
    container_path: {
      task: byPath({}),
      without: { task: byPath({ containerPath: "/d" }) },
      read: given("target"),
      expected: "/c",
    },
    host_path: { task: byPath({}), without: { task: byPath({ hostPath: "/i" }) }, read: given("path"), expected: "/h" },
    "image.type": {
      task: withVolumes([image]),
      without: { task: withVolumes([{ ...image, image: { ...image.image, type: ImageType.APPC } }]) },
      read: given("kind"),
      expected: "image",
    },
    "image.docker.name": {
      task: withVolumes([image]),
      without: { task: withVolumes([{ ...image, image: { ...image.image, docker: { name: "b" } } }]) },
      read: given("image"),
      expected: "a",
    },
    "source.type": {
      task: mounted(hostPath()),
      without: { task: mounted({ ...hostPath(), ...dockerVolume() }) },
      read: given("kind"),
      expected: "host",
    },
    "source.docker_volume.driver": {
      task: mounted(dockerVolume({ driver: "x" })),
      without: { task: mounted(dockerVolume()) },
      read: given("driver"),
      expected: "x",
    },
    "source.docker_volume.name": {
      task: mounted(dockerVolume()),
      without: { task: mounted({ ...dockerVolume(), dockerVolume: { name: "other" } }) },
      read: given("name"),
      expected: "v",
    },
    "source.docker_volume.driver_options.parameter.key": {
      task: mounted(options("size", "1g")),
      without: { task: mounted(options("type", "1g")) },
      read: given("options"),
      expected: { size: "1g" },
    },
    "source.docker_volume.driver_options.parameter.value": {
      task: mounted(options("size", "1g")),
      without: { task: mounted(options("size", "2g")) },
      read: given("options"),
      expected: { size: "1g" },
    },
    "source.host_path.path": {
      task: mounted(hostPath()),
      without: { task: mounted({ ...hostPath(), hostPath: { path: "/i" } }) },
      read: given("path"),
      expected: "/h",
    },
    "source.host_path.mount_propagation.mode": {
      task: mounted(hostPath(Propagation.BIDIRECTIONAL)),
      without: { task: mounted(hostPath()) },
      read: given("propagation"),
      expected: "rshared",
    },
    "source.sandbox_path.type": {
      task: mounted(sandboxPath("a", SandboxPath.PARENT)),
      without: { task: mounted(sandboxPath("a")) },
      read: given("path"),
      expected: "/sandbox/a",
    },
    "source.sandbox_path.path": {
      task: mounted(sandboxPath("a", SandboxPath.SELF)),
      without: { task: mounted(sandboxPath("b", SandboxPath.SELF)) },
      read: given("path"),
      expected: "/sandbox/a",
    },
    "source.secret.type": {
      task: secretFile,
      without: { task: mounted(secret({ value: { data: bytesOf("hidden") } })) },
      read: given("bytes"),
      expected: bytesOf("hidden"),
    },
    "source.secret.value.data": {
      task: secretFile,
      without: { task: mounted(secret(secretOf("other"))) },
      read: given("bytes"),
      expected: bytesOf("hidden"),
    },
  }).map(([path, behaviour]) => [`container.volumes.${path}`, behaviour]),
);
