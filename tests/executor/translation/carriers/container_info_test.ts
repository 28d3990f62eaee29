import assert from "node:assert/strict";
import { test } from "node:test";
import { TaskError, type TaskErrorCode } from "../../../../src/executor/task/task_error.ts";
import { readContainerInfo } from "../../../../src/executor/translation/carriers/container_info.ts";
import type { Statement } from "../../../../src/executor/translation/statement.ts";
import { Image_Type as ImageType, Secret_Type as SecretType } from "../../../../src/mesos/protocol.ts";
import { type ContainerInit, createTask, type Plain } from "../../task_specimen.ts";
import { bytesOf } from "../translation_specimen.ts";

type Image = Plain<Plain<ContainerInit["mesos"]>["image"]>;

const source = "TaskInfo.container";
const read = (container?: ContainerInit): Statement => readContainerInfo(createTask(container ? { container } : {}));
const inMesos = (image: Partial<Image> = {}): ContainerInit => ({
  mesos: { image: { type: ImageType.DOCKER, docker: { name: "reg.example/a" }, ...image } },
});
const secretOf = (text: string) => ({ type: SecretType.VALUE, value: { data: bytesOf(text) } });
const withConfig = (text: string) => inMesos({ docker: { name: "reg.example/a", config: secretOf(text) } });

const auths = JSON.stringify({ auths: { "reg.example": { auth: btoa("me:s3cret") } } });

const table: readonly { title: string; container?: ContainerInit; stated: Omit<Statement, "source"> }[] = [
  { title: "nothing", stated: {} },
  { title: "an empty container", container: {}, stated: {} },
  { title: "an image of Docker", container: { docker: { image: "a" } }, stated: { image: "a", parameters: [] } },
  { title: "no image that is an empty text", container: { docker: { image: "" } }, stated: { parameters: [] } },
  {
    title: "a forced pull",
    container: { docker: { image: "a", forcePullImage: true } },
    stated: { image: "a", pull: "always", parameters: [] },
  },
  {
    title: "privileges",
    container: { docker: { image: "a", privileged: true } },
    stated: { image: "a", privileged: "yes", parameters: [] },
  },
  {
    title: "switches that are off, as nothing",
    container: { docker: { image: "a", privileged: false, forcePullImage: false } },
    stated: { image: "a", parameters: [] },
  },
  {
    title: "parameters",
    container: { docker: { image: "a", parameters: [{ key: "init", value: "true" }] } },
    stated: { image: "a", parameters: [{ key: "init", value: "true", source: "DockerInfo.parameters" }] },
  },
  {
    title: "ports of both forms",
    container: {
      docker: { image: "a", portMappings: [{ hostPort: 1, containerPort: 2 }] },
      networkInfos: [{ portMappings: [{ hostPort: 3, containerPort: 4, protocol: "udp" }] }],
    },
    stated: {
      image: "a",
      parameters: [],
      ports: [
        { hostPort: 1, containerPort: 2 },
        { hostPort: 3, containerPort: 4, protocol: "udp" },
      ],
    },
  },
  {
    title: "an image of MesosInfo, in the host's network",
    container: inMesos(),
    stated: { image: "reg.example/a", network: { kind: "host" } },
  },
  {
    title: "an image that may not come from the cache",
    container: inMesos({ cached: false }),
    stated: { image: "reg.example/a", pull: "always", network: { kind: "host" } },
  },
  {
    title: "credentials for the image's registry",
    container: withConfig(auths),
    stated: {
      image: "reg.example/a",
      network: { kind: "host" },
      registryAuth: { kind: "password", username: "me", password: "s3cret", serverAddress: "reg.example" },
    },
  },
  {
    title: "no credentials for other registries",
    container: withConfig(auths.replace("reg.example", "other.example")),
    stated: { image: "reg.example/a", network: { kind: "host" } },
  },
  {
    title: "credentials of the former kind",
    container: inMesos({ docker: { name: "reg.example/a", credential: { principal: "me", secret: "s3cret" } } }),
    stated: {
      image: "reg.example/a",
      network: { kind: "host" },
      registryAuth: { kind: "password", username: "me", password: "s3cret", serverAddress: "" },
    },
  },
  { title: "a host name", container: { hostname: "db" }, stated: { hostname: "db" } },
];

for (const { title, container, stated } of table) {
  test(`readContainerInfo() reads ${title}`, () => {
    assert.deepEqual(read(container), { source, ...stated });
  });
}

const field = "container.mesos.image.docker.config";

const faults: readonly { title: string; container: ContainerInit; code: TaskErrorCode; message: string | RegExp }[] = [
  {
    title: "an image of appc",
    container: { mesos: { image: { type: ImageType.APPC, appc: { name: "a" } } } },
    code: "unsupported",
    message: "Cannot honour container.mesos.image: only images of type DOCKER can be run",
  },
  {
    title: "an image of Docker that is absent",
    container: { mesos: { image: { type: ImageType.DOCKER } } },
    code: "unsupported",
    message: "Cannot honour container.mesos.image: only images of type DOCKER can be run",
  },
  {
    title: "credentials by reference",
    container: inMesos({
      docker: { name: "a", config: { type: SecretType.REFERENCE, reference: { name: "vault" } } },
    }),
    code: "unsupported",
    message: `Cannot honour ${field}: secret "vault" is a REFERENCE, and executors are given only secrets of type VALUE`,
  },
  {
    title: "credentials that are no JSON",
    container: withConfig("s3cret"),
    code: "invalid",
    message: /container\.mesos\.image\.docker\.config/,
  },
];

for (const { title, container, code, message } of faults) {
  test(`readContainerInfo() refuses ${title}`, () => {
    assert.throws(
      () => read(container),
      (error) => {
        assert.ok(error instanceof TaskError, `${error}`);
        assert.equal(error.code, code);
        if (typeof message === "string") assert.equal(error.message, message);
        else assert.match(error.message, message);
        assert.doesNotMatch(error.message, /s3cret/);
        return true;
      },
    );
  });
}
