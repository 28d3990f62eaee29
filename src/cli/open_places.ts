import { type PlaceOptions, Places } from "../images/mirror/places.ts";
import { asUsage } from "./image_state.ts";

/** Registries as the caller's variables say how to reach them. Throws {@link UsageError} for a state folder that can be none. */
export function openPlaces(options: PlaceOptions): Places {
  return asUsage(() => new Places(options));
}
