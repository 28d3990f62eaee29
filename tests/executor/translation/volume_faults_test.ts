import { test } from "node:test";
import type { TaskErrorCode } from "../../../src/executor/task/task_error.ts";
import {
  Image_Type as ImageType,
  Volume_Source_SandboxPath_Type as SandboxPath,
  Secret_Type as SecretType,
  Volume_Source_Type as SourceType,
  Volume_Mode,
} from "../../../src/mesos/protocol.ts";
import type { Plain } from "../task_specimen.ts";
import { assertRefused, bytesOf } from "./translation_specimen.ts";
import { dockerVolume, field, from, sandboxPath, secret, type Volume, withVolumes } from "./volume_specimen.ts";

const { RO, RW } = Volume_Mode;
const reference = { type: SecretType.REFERENCE, reference: { name: "vault/key" } };
const appc: Plain<Volume["image"]> = { type: ImageType.APPC, appc: { name: "a" } };
const image: Plain<Volume["image"]> = { type: ImageType.DOCKER, docker: { name: "busybox" } };

const faults: readonly { title: string; volume: Volume; code?: TaskErrorCode; message: string; driver?: string }[] = [
  {
    title: "two relative paths",
    volume: { hostPath: "h", containerPath: "c", mode: RW },
    message: "Both host_path 'h' and container_path 'c' of a volume are relative",
  },
  {
    title: "no host path",
    volume: { containerPath: "/c", mode: RW },
    message: "Host path or volume source is required",
  },
  {
    title: "no host path beside a driver",
    volume: { containerPath: "/c", mode: RW },
    driver: "x",
    message: "Host path or volume source is required",
  },
  {
    title: "no target",
    volume: { hostPath: "/h", containerPath: "", mode: RW },
    message: "Cannot use a volume: its container_path is empty",
  },
  {
    title: "a path and a source",
    volume: { ...from(dockerVolume()), hostPath: "/h" },
    message: `Cannot use ${field}: only one of host_path, image and source can be given`,
  },
  {
    title: "an image and a source",
    volume: { ...from(dockerVolume()), image },
    message: `Cannot use ${field}: only one of host_path, image and source can be given`,
  },
  {
    title: "a source without a type",
    volume: from({ hostPath: { path: "/h" } }),
    message: `Cannot use ${field}.source: it has no type that is known`,
  },
  ...(
    [
      [SourceType.DOCKER_VOLUME, "docker_volume"],
      [SourceType.HOST_PATH, "host_path"],
      [SourceType.SANDBOX_PATH, "sandbox_path"],
    ] as const
  ).map(([type, name]) => ({
    title: `${name} that is absent`,
    volume: from({ type }),
    message: `Cannot use ${field}.source.${name}: the type asks for it, and it is absent`,
  })),
  {
    title: "a secret that is absent",
    volume: from({ type: SourceType.SECRET }),
    message: `Cannot use ${field}.source.secret: the secret has neither a type nor a value`,
  },
  {
    title: "a secret by reference",
    volume: from(secret(reference)),
    code: "unsupported",
    message:
      `Cannot honour ${field}.source.secret: secret "vault/key" is a REFERENCE, ` +
      "and executors are given only secrets of type VALUE",
  },
  {
    title: "CSI_VOLUME",
    volume: from({ type: SourceType.CSI_VOLUME, csiVolume: { pluginName: "p" } }),
    code: "unsupported",
    message: `Cannot honour ${field}.source.csi_volume: Docker has no CSI volumes`,
  },
  {
    title: "HOST_PATH that is relative",
    volume: from({ type: SourceType.HOST_PATH, hostPath: { path: "h" } }),
    message: `Cannot use ${field}.source.host_path: "h" is relative`,
  },
  {
    title: "SANDBOX_PATH of no type",
    volume: from(sandboxPath("a")),
    message: `Cannot use ${field}.source.sandbox_path: its type is neither SELF nor PARENT`,
  },
  ...["/a", "..", "../a", "a/../../b"].map((path) => ({
    title: `SANDBOX_PATH ${path}`,
    volume: from(sandboxPath(path, SandboxPath.SELF)),
    message: `Cannot use ${field}.source.sandbox_path: "${path}" does not lie in the sandbox`,
  })),
  {
    title: "an image that is not Docker's",
    volume: { containerPath: "/c", mode: RO, image: appc },
    code: "unsupported",
    message: `Cannot honour ${field}.image: only images of type DOCKER can be mounted`,
  },
  {
    title: "credentials of an image that is mounted",
    volume: {
      containerPath: "/c",
      mode: RO,
      image: {
        ...image,
        docker: { name: "busybox", config: { type: SecretType.VALUE, value: { data: bytesOf("{}") } } },
      },
    },
    code: "unsupported",
    message: `Cannot honour ${field}.image.docker: credentials of an image that is mounted`,
  },
  {
    title: "a mounted image that is to be written to",
    volume: { containerPath: "/c", mode: RW, image },
    code: "unsupported",
    message: `Cannot honour ${field}.mode RW: Docker mounts images read-only`,
  },
  {
    title: "a mounted image that may not come from the cache",
    volume: { containerPath: "/c", mode: RO, image: { ...image, cached: false } },
    code: "unsupported",
    message: `Cannot honour ${field}.image.cached: an image that is mounted is pulled only when the daemon lacks it`,
  },
];

for (const { title, volume, code = "invalid", message, driver } of faults) {
  test(`toTaskSpec() refuses a volume of ${title}`, () => {
    assertRefused(withVolumes([volume], driver), { code, message });
  });
}
