import {
  type CopyListener,
  type Digest,
  formatFamiliar,
  openArchive,
  openSpool,
  parsePlatform,
  type Reference,
} from "../../../registry/mod.ts";
import { hexOf } from "../../../registry/values/digest.ts";
import type { Engine } from "../../docker/mod.ts";
import { readBundle } from "../../images/bundle/bundle.ts";
import { chooseImage } from "../../images/bundle/choice.ts";
import { loadImages } from "../../images/bundle/load_bundle.ts";
import { openUnpackingPlace } from "../../images/bundle/unpacking_place.ts";
import { askPlatform } from "../../images/daemon_platform.ts";
import { listStateFolders } from "../../images/ensure/state_folder.ts";
import { toReference } from "../../images/image_name.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { TaskError } from "../task/task_error.ts";
import type { LoadArchive } from "./request.ts";

/** What an image is brought with. */
export interface ArchiveParts {
  engine: Engine;
  clock: Clock;
  log: Log;
  /** The executor's: where temporary files may be. */
  variables: Readonly<Record<string, string | undefined>>;
  /** Opens an archive of the sandbox; throws {@link TaskError} `image`. */
  openFile: (path: string) => Disposable & { readonly path: string };
}

type Wanted = Parameters<LoadArchive>[0];
type Options = Parameters<LoadArchive>[1];

/**
 * Brings a task's image out of an archive that lies in its sandbox, and gives the image's id. In the daemon it gets a name that
 * tells of its content, and not the one that the task wants: what an archive calls itself must not become what other tasks of
 * the host run by that name. Throws {@link TaskError} `image`, or the signal's reason.
 */
export async function loadArchivedImage(wanted: Wanted, parts: ArchiveParts, options: Options): Promise<string> {
  const { signal } = options;
  try {
    using file = parts.openFile(wanted.imageArchive);
    // Never in the sandbox, where a container could lay a link in the way of what is removed.
    const folders = listStateFolders(parts.variables);
    await using place = await openUnpackingPlace(folders, parts.clock);
    await using spool = openSpool(place.path, { signal });
    const members = await openArchive(file.path, { place: wanted.imageArchive, spool, signal });
    const said = wanted.platform;
    const platform = said === undefined ? await askPlatform(parts.engine, { signal }) : parsePlatform(said);
    const image = await chooseImage(await readBundle(members, { spool }), wanted.image, { platform, signal });
    const name = nameOf(wanted.image, await image.findId(platform, { signal }));
    // Before the daemon is asked whether it has it.
    await options.keep(formatFamiliar(name));
    const loading = { engine: parts.engine, spool, platform };
    const listener = toListener(wanted, options);
    const [loaded] = await loadImages([{ image, names: [name] }], loading, { signal, listener });
    const { id = "", outcome } = loaded ?? {};
    parts.log.info("the image is here", { image: wanted.image, archive: wanted.imageArchive, outcome, id });
    return id;
  } catch (error) {
    signal.throwIfAborted();
    throw toTaskError(wanted, error);
  }
}

/** `redis:archive-0123456789ab`: whoever looks at the host's images sees what it is for, and whence. */
function nameOf(image: string, id: Digest): Reference {
  const { domain, repository } = toReference(image) ?? { domain: "docker.io", repository: "mesos-docker/archived" };
  return { domain, repository, tag: `archive-${hexOf(id).slice(0, 12)}` };
}

function toListener({ image, imageArchive }: Wanted, { onPull }: Options): CopyListener {
  const moved = new Map<string, number>();
  return {
    moved: (bytes, { digest, size }) => {
      const currentBytes = (moved.get(digest) ?? 0) + bytes;
      moved.set(digest, currentBytes);
      const id = hexOf(digest).slice(0, 12);
      onPull?.(image, { id, status: "Loading", currentBytes, totalBytes: size, source: imageArchive });
    },
  };
}

/** Whatever a stranger's archive makes go wrong is the task's end, and not the executor's. */
function toTaskError({ image, imageArchive }: Wanted, error: unknown): unknown {
  if (error instanceof TaskError || !(error instanceof Error)) return error;
  const from = `Cannot get image "${image}" from archive "${imageArchive}"`;
  return new TaskError("image", `${from}: ${error.message}`, { cause: error });
}
