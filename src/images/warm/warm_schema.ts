import * as v from "valibot";
import { parsePlatform, parseReference } from "../../../registry/mod.ts";
import { duration, mapping, readable, said } from "../../notation/fields.ts";
import { toFullName } from "../image_name.ts";

const priorityText = "a whole number";
const protect = said(
  duration,
  "How long nothing collects it after it was warmed, e.g. 2days; as long as the file names it unless given",
);

const image = mapping({
  image: v.pipe(
    readable("an image such as redis:7 or registry.lab:5000/team/app:1.2", parseReference),
    v.description("Name of the image with its tag or digest, e.g. redis:7"),
  ),
  platform: said(
    readable("a platform such as linux/amd64", parsePlatform),
    "Which image of an index; the daemon's own platform unless given",
  ),
  priority: said(
    v.pipe(v.number(priorityText), v.safeInteger(priorityText)),
    "Images with a higher number come first; 0 unless given",
  ),
  protect,
});

type NamedImage = v.InferOutput<typeof image>;

const images = v.pipe(
  v.array(image, "a list of images"),
  // A daemon has one image under one name.
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const seen = new Set<string>();
    for (const [index, named] of dataset.value.entries()) {
      const name = toFullName(named.image);
      if (seen.has(name)) addIssue({ message: "each image once", path: pathOf(dataset.value, index) });
      seen.add(name);
    }
  }),
);

function pathOf(list: NamedImage[], index: number): [v.ArrayPathItem, v.ObjectPathItem] {
  const value = list[index] as NamedImage;
  return [
    { type: "array", origin: "value", input: list, key: index, value },
    { type: "object", origin: "value", input: value, key: "image", value: value.image },
  ];
}

/** A file that says which images are fetched ahead of need. */
export const warmFileSchema = mapping({
  images: v.pipe(images, v.description("The warm set; what leaves the list may be collected again")),
  protect,
});
