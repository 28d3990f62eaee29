// Reads what the daemon tells of images. Each throws SyntaxError.
import type { DiskUsage, HistoryEntry, ImageConfig, ImageInspect, ImageSummary } from "../engine_documents.ts";
import {
  definedOnly,
  type JsonObject,
  numberOf,
  requiredTextOf,
  textMapOf,
  textOf,
  textsOf,
  toList,
  toObject,
} from "../json_value.ts";

/** Reads GET /images/{name}/json. */
export function readImage(value: unknown): ImageInspect {
  const image = toObject(value);
  return definedOnly({
    Id: requiredTextOf(image, "Id"),
    RepoTags: textsOf(image, "RepoTags").filter(isTag),
    RepoDigests: textsOf(image, "RepoDigests"),
    Os: textOf(image, "Os") ?? "",
    Architecture: textOf(image, "Architecture") ?? "",
    Variant: textOf(image, "Variant"),
    Created: textOf(image, "Created"),
    Size: numberOf(image, "Size") ?? 0,
    Config: readImageConfig(toObject(image.Config, "Config")),
    Layers: textsOf(toObject(image.RootFS, "RootFS"), "Layers"),
    LastTagTime: readTime(toObject(image.Metadata, "Metadata")),
    raw: value,
  });
}

function readImageConfig(config: JsonObject): ImageConfig {
  return definedOnly({
    Entrypoint: textsOf(config, "Entrypoint"),
    Cmd: textsOf(config, "Cmd"),
    Env: textsOf(config, "Env"),
    Labels: textMapOf(config, "Labels"),
    ExposedPorts: Object.keys(toObject(config.ExposedPorts, "ExposedPorts")),
    Volumes: Object.keys(toObject(config.Volumes, "Volumes")),
    User: textOf(config, "User"),
    WorkingDir: textOf(config, "WorkingDir"),
    StopSignal: textOf(config, "StopSignal"),
  });
}

/** A daemon that knows none says the first moment of Go's calendar. */
function readTime(metadata: JsonObject): string | undefined {
  const time = textOf(metadata, "LastTagTime");
  return time?.startsWith("0001-") ? undefined : time;
}

/** Reads GET /images/json. */
export function readImages(value: unknown): ImageSummary[] {
  return toList(value).map(readImageSummary);
}

function readImageSummary(value: unknown): ImageSummary {
  const image = toObject(value, "the image");
  const shared = numberOf(image, "SharedSize") ?? -1;
  return {
    Id: requiredTextOf(image, "Id"),
    RepoTags: textsOf(image, "RepoTags").filter((text) => isName(text) && isTag(text)),
    RepoDigests: textsOf(image, "RepoDigests").filter(isName),
    Created: numberOf(image, "Created") ?? 0,
    Size: numberOf(image, "Size") ?? 0,
    Labels: textMapOf(image, "Labels"),
    ...(shared < 0 ? {} : { SharedSize: shared }),
  };
}

/** From Docker 28 on, names by digest are among the tags where containerd keeps the images. */
function isTag(text: string): boolean {
  return !text.includes("@");
}

/** Before API 1.43 an image without a name is `<none>:<none>`, and `<none>@<none>`. */
function isName(text: string): boolean {
  return !text.startsWith("<none>") && !text.endsWith(":<none>");
}

/** Reads GET /images/{name}/history. */
export function readHistory(value: unknown): HistoryEntry[] {
  return toList(value).map((entry) => {
    const step = toObject(entry, "the step");
    return {
      CreatedBy: textOf(step, "CreatedBy") ?? "",
      Created: numberOf(step, "Created") ?? 0,
      Size: numberOf(step, "Size") ?? 0,
    };
  });
}

/** Reads GET /system/df. From API 1.52 on it speaks of images in an object of their own. */
export function readDiskUsage(value: unknown): DiskUsage {
  const usage = toObject(value);
  if (usage.LayersSize !== undefined) {
    return { LayersSize: numberOf(usage, "LayersSize") ?? 0, Images: readImages(usage.Images) };
  }
  const images = toObject(usage.ImageUsage, "ImageUsage");
  return { LayersSize: numberOf(images, "TotalSize") ?? 0, Images: readImages(images.Items) };
}
