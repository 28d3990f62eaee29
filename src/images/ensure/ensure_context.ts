import type { Platform, Reference } from "../../../registry/mod.ts";
import type { Engine, RegistryAuth, TransferProgress } from "../../docker/mod.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import type { PullPolicy, PullWay } from "../config/pull_way.ts";
import type { DaemonStore } from "./daemon_store.ts";
import type { PullPatience } from "./gateway_pull.ts";
import type { ImageRoute } from "./image_route.ts";
import type { ManifestBook } from "./manifest_book.ts";
import type { LayerProgress } from "./pull_book.ts";

/** An image that is wanted in the daemon. */
export interface WantedImage {
  /** A reference, or an image's id. */
  readonly image: string;
  readonly pull: PullPolicy;
  /** `os/architecture[/variant]`; the daemon's own unless given. */
  readonly platform?: string;
  /** For who has just seen that the daemon has nothing of that name: it is not asked again. */
  readonly isMissing?: boolean;
}

/** What ensuring is done with. */
export interface EnsureParts extends PullWay {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly log: Log;
  /** How the daemon keeps images, for who knows; it is asked unless given. */
  readonly store?: DaemonStore;
  /** Folders for what processes of this host share; the first that can be had is taken. */
  readonly state: readonly string[];
  /** Where an image can be had; asked only when a registry has to be. */
  readonly openRoute: (reference: Reference) => Promise<ImageRoute>;
  /** What the daemon is given when it fetches by itself. */
  readonly findAuth: (reference: Reference) => Promise<RegistryAuth | undefined>;
  /** How long what stands still is borne. */
  readonly patience?: PullPatience;
}

/** Who waits, and hears how far it is. */
export interface EnsureOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: LayerProgress | TransferProgress) => void;
}

/** An image that the daemon has. */
export interface EnsuredImage {
  readonly id: string;
  /** What a container is created with: the image's id where the daemon does not know it under the name that was wanted. */
  readonly name: string;
  /** What it took: nothing, a name, or a pull. `shared`: somebody else on this host has pulled it meanwhile. */
  readonly outcome: "present" | "named" | "pulled" | "shared" | "pulled by the daemon";
  /** Bytes that came from registries. */
  readonly bytes: number;
}

/** All that ensuring one image needs. */
export interface EnsureContext extends EnsureParts, EnsureOptions {
  readonly wanted: WantedImage;
  readonly reference: Reference;
  /** What the daemon has under the name that is wanted. */
  readonly named: EnsuredImage | undefined;
  /** That one of {@link EnsureParts.state} which could be had. */
  readonly folder: string;
  readonly store: DaemonStore;
  readonly platform: Platform;
  readonly book: ManifestBook;
}
