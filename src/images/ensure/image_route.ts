import type { Reference, TagPolicy, Upstream } from "../../../registry/mod.ts";
import type { Candidate } from "../resolve/sources.ts";

/** Where an image can be had, and under which name there. Disposing of it closes the connections. */
export interface ImageRoute extends Disposable {
  readonly repository: string;
  /** Mirrors in the order of preference, and last the registry itself. */
  readonly upstreams: readonly Upstream[];
  /** Whether the daemon may fetch the image by itself, from where its own configuration says, when we cannot. */
  readonly direct: "allowed" | "forbidden";
  /** How long what the image's tag points at is believed; asked for each time unless given. */
  readonly tags?: TagPolicy;
}

/**
 * The route by candidates: mirrors in their order, and the registry itself unless the configuration keeps it out. Who has
 * opened the candidates closes their connections.
 */
export function toRoute({ repository }: Reference, candidates: readonly Candidate[]): ImageRoute {
  return {
    repository,
    upstreams: candidates.map(({ upstream }) => upstream),
    // The daemon would ask the registry itself.
    direct: candidates.some(({ role }) => role === "registry") ? "allowed" : "forbidden",
    [Symbol.dispose]: () => undefined,
  };
}
