// What the configuration says of collecting images. One section of it; see config_schema.ts.
import * as v from "valibot";
import { formatDuration } from "../../notation/duration.ts";
import {
  absolutePath,
  beside,
  count,
  type FieldFault,
  mapping,
  pause,
  percent,
  readable,
  said,
  size,
} from "../../notation/fields.ts";
import { usualGcSettings as usual } from "../gc/gc_settings.ts";
import { isPinText, type Pin, parsePin } from "../pins/pin.ts";

const pinText = "an image such as redis:7, a digest, or a mapping with prefix or label";
const prefixText = "the beginning of names such as registry.lab:5000/team/";
const labelText = "a label such as keep or keep=yes";

const pinned = v.union(
  [
    v.pipe(readable(pinText, parsePin), v.transform(parsePin)),
    v.pipe(
      mapping({
        prefix: said(readable(prefixText, isPinText), "All images with a name that begins so"),
        label: said(readable(labelText, isPinText), "All images with this label: KEY, or KEY=VALUE"),
      }),
      v.check(({ prefix, label }) => (prefix === undefined) !== (label === undefined), pinText),
      v.transform(
        ({ prefix, label }): Pin =>
          label === undefined ? { kind: "prefix", value: prefix ?? "" } : { kind: "label", value: label },
      ),
    ),
  ],
  pinText,
);

/** A fault at each of the marks that is written. */
function findMarkFaults({ high, low }: { readonly high?: unknown; readonly low?: unknown }): FieldFault[] {
  const [highest, lowest] = [high ?? usual.high, low ?? usual.low];
  if (typeof highest !== "number" || typeof lowest !== "number" || lowest <= highest) return [];
  const unlessGiven = (written: unknown) => (written === undefined ? " unless given" : "");
  const faults = [
    { path: ["high"], written: high, expected: `at least gc.low, which is ${lowest}${unlessGiven(low)}` },
    { path: ["low"], written: low, expected: `at most gc.high, which is ${highest}${unlessGiven(high)}` },
  ];
  return faults.filter(({ written }) => written !== undefined);
}

const highText = "per cent above 0, up to 100";

/** Marks and what stays, in the words of the flags of `image gc`. */
export const gcSchema = beside(
  mapping({
    high: said(
      v.pipe(v.number(highText), v.gtValue(0, highText), v.maxValue(100, highText)),
      `Per cent of the disk's bytes or inodes: collecting begins when so much is taken; ${usual.high} unless given`,
    ),
    low: said(percent, `Per cent: it ends when no more is taken; ${usual.low} unless given`),
    maxSize: said(size, "It begins as well when the layers of all images have more, e.g. 50g"),
    minAge: said(pause, `What came or was used within that time stays; ${formatDuration(usual.minAge)} unless given`),
    onlyCopies: said(
      v.picklist(["kept", "removed"], "kept or removed"),
      "What becomes of images that no registry is known to have; kept unless given",
    ),
    maxImages: said(count, "Most images that go at once"),
    pause: said(pause, `Between two removals; ${formatDuration(usual.pause)} unless given`),
    interval: said(
      pause,
      `Between two looks at the disk of image gc --watch; ${formatDuration(usual.interval)} unless given`,
    ),
    dataRoot: said(absolutePath, "Folder where the daemon keeps images, when that cannot be asked for"),
    pinned: said(
      v.array(pinned, "a list of images"),
      "Images that stay: names and digests, and mappings with the prefix of names or with a label",
    ),
  }),
  findMarkFaults,
);
