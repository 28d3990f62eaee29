import { Option } from "commander";

/** `--layers`, for whoever fetches images. */
export function layersOption(): Option {
  return new Option(
    "--layers <form>",
    "how the daemon is given layers: as they are, or unpacked by this process; unless given, as MESOS_DOCKER_LAYERS or pull.layers of the configuration say, else as suits it",
  ).choices(["compressed", "raw"]);
}
