import type {
  ContainerConfig,
  ContainerCreate,
  EndpointSettings,
  Healthcheck,
  HostConfig,
  Mount,
} from "../container_spec.ts";

/** Something that a create request asks for, and the first API version that knows it. */
export interface ApiNeed {
  /** The field with its place, e.g. `HostConfig.Init`; where one value of it is newer than the field, with the value. */
  readonly what: string;
  readonly apiVersion: string;
}

type FirstVersions<T> = { readonly [Field in keyof T]?: string };

// From the Engine API's version history and its descriptions of each version. What 1.24 knows is not listed: it is the
// oldest that we speak. Daemons drop fields in silence that they, or the version spoken with them, do not know.
const configFields: FirstVersions<ContainerConfig> = { StopTimeout: "1.25" };

const healthcheckFields: FirstVersions<Healthcheck> = { StartPeriod: "1.29", StartInterval: "1.44" };

const hostFields: FirstVersions<HostConfig> = {
  AutoRemove: "1.25",
  CpuRealtimePeriod: "1.25",
  CpuRealtimeRuntime: "1.25",
  Init: "1.25",
  Mounts: "1.25",
  NanoCpus: "1.25",
  DeviceCgroupRules: "1.28",
  MaskedPaths: "1.38",
  ReadonlyPaths: "1.38",
  DeviceRequests: "1.40",
  CgroupnsMode: "1.41",
  Annotations: "1.43",
};

const ipcModes: Readonly<Record<string, string>> = { private: "1.32", shareable: "1.32", none: "1.32" };

const mountFields: FirstVersions<Mount> = { Consistency: "1.28", ImageOptions: "1.48" };

const mountTypes: Readonly<Partial<Record<Mount["Type"], string>>> = { cluster: "1.42", image: "1.48" };

const bindFields: FirstVersions<NonNullable<Mount["BindOptions"]>> = {
  NonRecursive: "1.40",
  CreateMountpoint: "1.42",
  ReadOnlyNonRecursive: "1.44",
  ReadOnlyForceRecursive: "1.44",
};

const volumeFields: FirstVersions<NonNullable<Mount["VolumeOptions"]>> = { Subpath: "1.45" };

const endpointFields: FirstVersions<EndpointSettings> = { DriverOpts: "1.32", MacAddress: "1.44", GwPriority: "1.48" };

/** The driver option that sets sysctls of one interface (API 1.46). */
export const endpointSysctlsOption = "com.docker.network.endpoint.sysctls";

const driverOptions: Readonly<Record<string, string>> = { [endpointSysctlsOption]: "1.46" };

/** All that a request asks for and that not every API version from 1.24 on knows. */
export function findApiNeeds({ platform, body }: ContainerCreate): ApiNeed[] {
  const { HostConfig: host = {}, NetworkingConfig: networking = {} } = body;
  const endpoints = Object.entries(networking.EndpointsConfig ?? {});
  return [
    ...(platform === undefined ? [] : [{ what: "platform", apiVersion: "1.41" }]),
    ...needsOf("", body, configFields),
    ...needsOf("Healthcheck.", body.Healthcheck, healthcheckFields),
    ...needsOf("HostConfig.", host, hostFields),
    ...valueNeeds("HostConfig.IpcMode", host.IpcMode, ipcModes),
    ...(host.Mounts ?? []).flatMap(mountNeeds),
    ...(endpoints.length < 2 ? [] : [{ what: `joining ${endpoints.length} networks`, apiVersion: "1.44" }]),
    ...endpoints.flatMap(([network, endpoint]) => endpointNeeds(network, endpoint)),
  ];
}

function mountNeeds(mount: Mount, index: number): ApiNeed[] {
  const place = `HostConfig.Mounts[${index}]`;
  return [
    ...needsOf(`${place}.`, mount, mountFields),
    ...valueNeeds(`${place}.Type`, mount.Type, mountTypes),
    ...needsOf(`${place}.BindOptions.`, mount.BindOptions, bindFields),
    ...needsOf(`${place}.VolumeOptions.`, mount.VolumeOptions, volumeFields),
  ];
}

function endpointNeeds(network: string, endpoint: EndpointSettings): ApiNeed[] {
  const place = `EndpointsConfig.${network}`;
  return [
    ...needsOf(`${place}.`, endpoint, endpointFields),
    ...needsOf(`${place}.DriverOpts.`, endpoint.DriverOpts, driverOptions),
  ];
}

/** The default of every flag is false, so a false one asks for nothing. */
function needsOf<T extends object>(place: string, object: T | undefined, firstVersions: FirstVersions<T>): ApiNeed[] {
  const given: Readonly<Record<string, unknown>> = { ...object };
  return Object.entries<string | undefined>(firstVersions).flatMap(([field, apiVersion]) => {
    const asks = given[field] !== undefined && given[field] !== false;
    return asks && apiVersion !== undefined ? [{ what: `${place}${field}`, apiVersion }] : [];
  });
}

function valueNeeds(
  place: string,
  value: string | undefined,
  firstVersions: Readonly<Record<string, string>>,
): ApiNeed[] {
  const apiVersion = value === undefined ? undefined : firstVersions[value];
  return apiVersion === undefined ? [] : [{ what: `${place} "${value}"`, apiVersion }];
}
