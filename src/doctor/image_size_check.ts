import type { Engine, ImageStore } from "../docker/mod.ts";
import { FactsReader } from "../images/inventory/image_facts.ts";
import { LayerGraph } from "../images/inventory/layer_graph.ts";
import { agreeOnSizes } from "../images/inventory/layer_sizes.ts";
import { toByteText } from "../notation/byte_text.ts";
import { messageOf } from "../notation/thrown.ts";
import { type Finding, warning, well } from "./finding.ts";

/** What the images of a daemon may have. */
export interface SizeLimit {
  readonly store: ImageStore;
  /** Of all their layers. */
  readonly maxBytes: number;
  /** The field that says so. */
  readonly statedIn: string;
}

/** Whether all images together have more than the size from which on they are collected. */
export async function examineImageSize(engine: Engine, limit: SizeLimit, signal: AbortSignal): Promise<Finding> {
  const about = "size of images";
  try {
    const listed = await engine.listImages({ signal });
    const facts = await new FactsReader(engine, limit.store).read(listed, signal);
    const { totalBytes } = new LayerGraph(agreeOnSizes([...facts.values()]));
    const found = `${toByteText(totalBytes)}, of ${toByteText(limit.maxBytes)} that they may have (${limit.statedIn})`;
    if (totalBytes <= limit.maxBytes) return well(about, found);
    return warning(about, found, "remove images that nobody uses (mesos-docker image gc)");
  } catch (error) {
    signal.throwIfAborted();
    return warning(about, messageOf(error), "look at the daemon's log");
  }
}
