import type { Spool } from "../../../registry/mod.ts";
import type { Engine } from "../../docker/mod.ts";
import type { Places } from "../mirror/places.ts";

/** What sides of a copy are opened with. */
export interface CopyMeans {
  readonly places: Places;
  /** The daemon, for those who name it. */
  readonly engine: () => Engine;
  /** Temporary files, until the copy is done. */
  readonly spool: Spool;
  readonly signal: AbortSignal;
}
