import type { EngineInfo, EngineVersion, ImageInspect } from "../../src/docker/mod.ts";

/** A daemon of Debian 12. */
export const plainVersion: EngineVersion = {
  apiVersion: "1.41",
  engineVersion: "20.10.24",
  minApiVersion: "1.12",
  os: "linux",
  arch: "amd64",
};

/** A daemon's host. */
export const plainInfo: EngineInfo = {
  ID: "fake",
  Name: "fake",
  ServerVersion: "20.10.24",
  Driver: "overlay2",
  DriverStatus: { "Backing Filesystem": "extfs", "Supports d_type": "true" },
  CgroupDriver: "cgroupfs",
  CgroupVersion: "1",
  MemTotal: 2 ** 34,
  NCPU: 2,
  OSType: "linux",
  Architecture: "x86_64",
  KernelVersion: "6.1",
  DockerRootDir: "/var/lib/docker",
  SecurityOptions: [],
  Runtimes: ["runc"],
  Warnings: [],
};

/** An image that says nothing about its containers. */
export const plainImage: ImageInspect = {
  Id: `sha256:${"0".repeat(64)}`,
  RepoTags: [],
  RepoDigests: [],
  Os: "linux",
  Architecture: "amd64",
  Size: 1,
  Config: { Entrypoint: [], Cmd: [], Env: [], Labels: {}, ExposedPorts: [], Volumes: [] },
  Layers: [],
  raw: {},
};
