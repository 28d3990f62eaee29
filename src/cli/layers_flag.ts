import { Option } from "commander";

/** `--layers`, for whoever fetches images. */
export function layersOption(): Option {
  return new Option(
    "--layers <form>",
    "how the daemon is given layers: as they are, or unpacked by this process; what suits it unless given",
  ).choices(["compressed", "raw"]);
}
