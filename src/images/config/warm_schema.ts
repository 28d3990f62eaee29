// What the configuration says of images ahead of need. One section of it; see config_schema.ts. Which images is said by a file
// of its own: see ../warm/warm_schema.ts.
import * as v from "valibot";
import { formatDuration } from "../../notation/duration.ts";
import { absolutePath, count, mapping, pause, readable, said, size } from "../../notation/fields.ts";
import { parseDailyWindow } from "../warm/daily_window.ts";
import { usualWarmSettings as usual } from "../warm/warm_settings.ts";

/** What is done ahead of need, in the words of the flags of `image warm`. */
export const warmSchema = mapping({
  file: said(absolutePath, "The file that names the images, for image warm without images"),
  protect: said(
    pause,
    `How long nothing collects images that a command line has named; ${formatDuration(usual.protect)} unless given`,
  ),
  interval: said(
    pause,
    `Between two looks of image warm --watch whether tags have moved; ${formatDuration(usual.interval)} unless given`,
  ),
  concurrency: said(count, `Images on their way at once; ${usual.concurrency} unless given`),
  bandwidth: said(size, "Bytes a second for all of them together, e.g. 20m"),
  reserve: said(count, "Manifests of a registry's quota that are left to others"),
  window: said(
    v.pipe(readable("two times of day such as 22:00-06:00", parseDailyWindow), v.transform(parseDailyWindow)),
    "Images are begun only between these times of day, e.g. 22:00-06:00",
  ),
});
