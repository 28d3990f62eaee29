import assert from "node:assert/strict";
import { test } from "node:test";
import { readContainer, readEvent, readInfo, readSummary } from "../../../src/docker/calls/documents.ts";
import { readImage, readImages } from "../../../src/docker/calls/image_documents.ts";

test("readImage() takes an image of API 1.52, which leaves out what is not set", () => {
  const image = readImage({
    Id: "sha256:1",
    RepoTags: ["a:b"],
    Os: "linux",
    Architecture: "amd64",
    Size: 5,
    Config: { Cmd: ["sh"] },
  });
  assert.deepEqual(image.Config, { Entrypoint: [], Cmd: ["sh"], Env: [], Labels: {}, ExposedPorts: [], Volumes: [] });
  assert.deepEqual(image.RepoDigests, []);
});

test("readImage() and readImages() take no name by digest for a tag, as a Docker 28 with containerd lists them", () => {
  const RepoTags = ["app:1", "app@sha256:00"];
  const image = { Id: "sha256:1", RepoTags, RepoDigests: ["app@sha256:00"] };
  for (const { RepoTags: tags, RepoDigests } of [readImage(image), ...readImages([image])]) {
    assert.deepEqual([tags, RepoDigests], [["app:1"], ["app@sha256:00"]]);
  }
});

test("readImage() takes nulls for what is empty, as dockerd 20.10 writes them", () => {
  const value = {
    Id: "sha256:1",
    RepoTags: null,
    RepoDigests: null,
    ContainerConfig: { Entrypoint: ["not", "this"] },
    Config: {
      Entrypoint: null,
      Cmd: null,
      Env: null,
      Labels: null,
      ExposedPorts: { "80/tcp": {} },
      Volumes: { "/data": {} },
      User: "",
      WorkingDir: "/w",
    },
    RootFS: { Type: "layers", Layers: ["sha256:2"] },
  };
  const image = readImage(value);
  assert.deepEqual(image.RepoTags, []);
  assert.deepEqual(image.Config, {
    Entrypoint: [],
    Cmd: [],
    Env: [],
    Labels: {},
    ExposedPorts: ["80/tcp"],
    Volumes: ["/data"],
    User: "",
    WorkingDir: "/w",
  });
  assert.deepEqual(image.Layers, ["sha256:2"]);
  assert.equal(image.raw, value);
  assert.deepEqual(readImage({ Id: "sha256:1", Config: null }).Config.Entrypoint, []);
});

test("readContainer() reads state, networks and published ports", () => {
  const container = readContainer({
    Id: "c1",
    Name: "/one",
    State: { Status: "running", Running: true, Pid: 42, Health: { Status: "healthy", FailingStreak: 0, Log: [] } },
    Config: { Tty: true, Labels: { a: "b" } },
    HostConfig: { NetworkMode: "bridge", CgroupParent: "/mesos/x", Memory: 1024 },
    NetworkSettings: {
      Networks: {
        bridge: {
          IPAddress: "172.17.0.2",
          GlobalIPv6Address: "",
          Gateway: "172.17.0.1",
          MacAddress: "02:42",
          NetworkID: "n",
        },
      },
      Ports: { "80/tcp": [{ HostIp: "0.0.0.0", HostPort: "31000" }], "81/tcp": null },
    },
  });
  assert.equal(container.State.Pid, 42);
  assert.equal(container.State.OOMKilled, false);
  assert.deepEqual(container.State.Health, { Status: "healthy", FailingStreak: 0 });
  assert.equal(container.Config.Tty, true);
  assert.equal(container.HostConfig.CgroupParent, "/mesos/x");
  assert.equal(container.NetworkSettings.Networks.bridge?.IPAddress, "172.17.0.2");
  assert.deepEqual(container.NetworkSettings.Ports, {
    "80/tcp": [{ HostIp: "0.0.0.0", HostPort: "31000" }],
    "81/tcp": [],
  });
});

test("readContainer() leaves health out when the container has no check", () => {
  assert.ok(!("Health" in readContainer({ Id: "c1", State: { Status: "created" } }).State));
});

test("readEvent() keeps the moment to less than a millisecond", () => {
  const event: unknown = JSON.parse(`{
    "Type": "container", "Action": "die", "time": 1700000000, "timeNano": 1700000000123456789,
    "Actor": { "ID": "c1", "Attributes": { "exitCode": "7", "name": "one" } }
  }`);
  const { timeMs, ...rest } = readEvent(event);
  assert.deepEqual(rest, { type: "container", action: "die", id: "c1", attributes: { exitCode: "7", name: "one" } });
  assert.ok(Math.abs(timeMs - 1700000000123.4568) < 0.001, `${timeMs}`);
  assert.equal(readEvent({ Type: "image", Action: "tag", time: 5 }).timeMs, 5000);
});

test("readSummary() takes a container without names and labels", () => {
  assert.deepEqual(readSummary({ Id: "c1", Names: null, Labels: null, State: "exited" }), {
    Id: "c1",
    Names: [],
    Image: "",
    ImageID: "",
    Created: 0,
    State: "exited",
    Status: "",
    Labels: {},
  });
});

test("readInfo() gives the names of the runtimes, and leaves out what old daemons do not tell", () => {
  const info = readInfo({
    Driver: "overlay2",
    DriverStatus: [
      ["Backing Filesystem", "xfs"],
      ["Supports d_type", "true"],
    ],
    NCPU: 2,
    MemTotal: 1024,
    Runtimes: { runc: { path: "runc" } },
    Warnings: null,
  });
  assert.deepEqual(info.Runtimes, ["runc"]);
  assert.deepEqual(info.Warnings, []);
  assert.deepEqual(info.DriverStatus, { "Backing Filesystem": "xfs", "Supports d_type": "true" });
  assert.deepEqual(readInfo({ DriverStatus: null }).DriverStatus, {});
  assert.ok(!("CgroupVersion" in info));
});

test("readers refuse a document that is not what it should be, and name the field", () => {
  const cases: [read: (value: unknown) => unknown, value: unknown, message: string][] = [
    [readImage, {}, '"Id" is missing'],
    [readImage, [], '"the answer" is a list where an object was expected'],
    [readImage, { Id: 1 }, '"Id" is a number where a text was expected'],
    [readImage, { Id: "x", RepoTags: [1] }, '"RepoTags" is a number where a list of texts was expected'],
    [readImage, { Id: "x", Config: { Labels: { a: 1 } } }, '"Labels" is a number where a map of texts was expected'],
    [readContainer, { Id: "x", State: { Pid: "1" } }, '"Pid" is a string where a number was expected'],
    [readContainer, { Id: "x", State: { Running: 1 } }, '"Running" is a number where true or false was expected'],
    [
      readContainer,
      { Id: "x", NetworkSettings: { Ports: { "80/tcp": {} } } },
      '"Ports" is an object where a list was expected',
    ],
    [readEvent, { Action: "die" }, '"Type" is missing'],
  ];
  for (const [read, value, message] of cases) assert.throws(() => read(value), { name: "SyntaxError", message });
});
