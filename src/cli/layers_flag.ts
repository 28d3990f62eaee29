import { Option } from "commander";
import { layerForms } from "../images/config/pull_way.ts";

/** `--layers`, for whoever fetches images. */
export function layersOption(): Option {
  return new Option(
    "--layers <form>",
    "how the daemon is given layers: as they are, or unpacked by this process; unless given, as MESOS_DOCKER_LAYERS or pull.layers of the configuration say, else as suits it",
  ).choices(layerForms);
}
