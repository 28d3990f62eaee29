import type { ContainerCreate, Engine } from "../../docker/mod.ts";
import type { Log } from "../../runtime/log.ts";
import { type ParentGroup, withCgroupParent } from "../accounting/cgroup_parent.ts";
import { admit, applyDefaults } from "../policy/admission.ts";
import { resolveHostPaths } from "../policy/host_path.ts";
import type { Policy } from "../policy/policy.ts";
import type { PortMapping, TaskSpec } from "../task/task_spec.ts";
import type { StartedContainer } from "../task/task_state.ts";
import { mapExposed, toContainerCreate } from "./create_body.ts";
import { ensureImage, type FindAuth, type ImageOptions, type ObtainImage, type WantedImage } from "./image.ts";
import type { LeasedImage } from "./image_lease.ts";
import { type HostMounts, openHostMounts } from "./mounts.ts";
import type { StorageQuota } from "./storage_quota.ts";

/** What a request is made with. */
export interface RequestParts {
  engine: Engine;
  log: Log;
  policy: Policy;
  /** The sandbox as the host sees it. */
  directory: string;
  findAuth: FindAuth;
  /** Gets images that the daemon lacks. */
  obtain: ObtainImage;
  /** Gets images from archives in the sandbox. */
  loadArchive: LoadArchive;
  /** Keeps an image from being collected until disposed of. */
  lease?: (image: LeasedImage, options: { signal: AbortSignal }) => Promise<AsyncDisposable>;
  /** Absent when the operator wants no quota. */
  storage?: StorageQuota;
  /** The control group that containers are put into, unless a task says one; nothing for the daemon's own. */
  findParent?: () => Promise<ParentGroup | undefined>;
}

/** Brings an image out of an archive into the daemon, and gives its id. Throws {@link TaskError} `image`. */
export type LoadArchive = (
  wanted: WantedImage & { imageArchive: string },
  options: Pick<ImageOptions, "signal" | "onPull"> & {
    /** Keeps a name from being collected until the container is there. */
    keep: (reference: string) => Promise<void>;
  },
) => Promise<string>;

/** Who waits for a request, and hears of the pulls that it takes. */
export type RequestOptions = Pick<ImageOptions, "signal" | "onPull">;

/** A request that the daemon can be given now: its images are there. To be disposed when the container is gone. */
export interface OpenRequest extends AsyncDisposable {
  create: ContainerCreate;
  /** Lets go of what was needed until the container was there. */
  created?: () => Promise<void>;
  /** The same with the container's own files held to the task's disk; to be tried first. */
  sized?: ContainerCreate;
  /** Where the container can be reached, when it has joined another one's network. */
  addresses?: StartedContainer["addresses"];
}

/**
 * Makes the request for a task's container: looks at the host's side of its mounts, asks the operator's policy, and gets
 * the images. Throws {@link TaskError}: `denied`, `image`, `launch`.
 */
export async function openContainerRequest(
  spec: TaskSpec,
  named: { name: string; labels: Readonly<Record<string, string>> },
  parts: RequestParts,
  options: RequestOptions,
): Promise<OpenRequest> {
  await using opened = new AsyncDisposableStack();
  const mounts = opened.use(await openHostMounts(spec.mounts, parts.directory));
  // Asked before anything is fetched: a registry that is not allowed is not called either.
  await check(spec, mounts, toContainerCreate(spec, { ...named, ...mounts }), parts.policy);
  // Before the daemon is asked what it has: nobody takes it away from then on.
  const launching = opened.use(new AsyncDisposableStack());
  const keep = async (reference: string) => {
    const lease = await parts.lease?.({ reference, purpose: `task ${spec.taskId}` }, options);
    if (lease) launching.use(lease);
  };
  await keep(spec.image);
  // What the task does not choose is nothing that a policy could refuse it.
  const [parent, settled] = await Promise.all([
    parts.findParent?.(),
    getImages(spec, mounts, parts, { ...options, keep }),
  ]);
  const exposed = await findExposed(settled.spec, parts, options.signal);
  const { binds } = mounts;
  const body = toContainerCreate(settled.spec, { ...named, binds, mounts: settled.mounts, exposed });
  const asked = applyDefaults(parts.policy, body);
  const create = withCgroupParent(asked, parent?.path);
  if (parent?.letGo && create !== asked) opened.defer(parent.letGo);
  const sized = await parts.storage?.findSizedRequest(create, spec.amounts.diskMb);
  const kept = opened.move();
  return {
    create,
    ...(sized ? { sized } : {}),
    created: () => launching.disposeAsync(),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function check(spec: TaskSpec, mounts: HostMounts, request: ContainerCreate, policy: Policy): Promise<void> {
  const { ownPaths, images } = mounts;
  const { image, imageArchive, parameters, operatorOptions } = spec;
  const hostPaths = await resolveHostPaths(request, ownPaths);
  const own = {
    paths: ownPaths,
    securityOptions: operatorOptions,
    ...(spec.imageOrigin === "executor" ? { image } : {}),
    ...(spec.groupContainer === undefined ? {} : { container: spec.groupContainer }),
  };
  const archive = imageArchive === undefined ? {} : { imageArchive };
  admit(policy, { image, ...archive, extraImages: images, request, hostPaths, parameters, own });
}

/** Gets the images; what the daemon knows by another name than the task does is asked for by that. */
async function getImages(
  spec: TaskSpec,
  { images, mounts }: HostMounts,
  parts: RequestParts,
  { keep, ...options }: RequestOptions & { keep: (reference: string) => Promise<void> },
): Promise<{ spec: TaskSpec; mounts: HostMounts["mounts"] }> {
  const { engine, findAuth, obtain } = parts;
  const own = spec.registryAuth;
  const means = { ...options, findAuth, obtain };
  const { imageArchive } = spec;
  const image = await ensureImage(engine, spec, {
    ...means,
    ...(own ? { findAuth: () => Promise.resolve(own) } : {}),
    ...(imageArchive === undefined
      ? {}
      : { obtain: (wanted) => parts.loadArchive({ ...wanted, imageArchive }, { ...options, keep }) }),
  });
  const names = new Map<string, string>();
  for (const one of images) names.set(one, await ensureImage(engine, { image: one, pull: "missing" }, means));
  const settled = mounts.map((mount) => {
    const name = mount.Type === "image" ? names.get(mount.Source ?? "") : undefined;
    return name === undefined ? mount : { ...mount, Source: name };
  });
  return { spec: image === spec.image ? spec : { ...spec, image }, mounts: settled };
}

async function findExposed(spec: TaskSpec, { engine, log }: RequestParts, signal: AbortSignal): Promise<PortMapping[]> {
  if (!spec.portsForExposed) return [];
  const image = await engine.inspectImage(spec.image, { signal });
  const ports = image?.Config.ExposedPorts ?? [];
  const mapped = mapExposed(ports, spec);
  if (ports.length !== spec.portsForExposed.length) {
    log.info("the image exposes other ports than the task was offered", {
      task: spec.taskId,
      exposed: ports.length,
      offered: spec.portsForExposed.length,
    });
  }
  return mapped;
}
