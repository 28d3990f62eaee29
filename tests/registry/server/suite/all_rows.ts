import { blobRows, type Rows, rangeRows } from "./blob_rows.ts";
import { manifestRows } from "./manifest_rows.ts";
import { workflowRows } from "./workflow_rows.ts";

/** Every row of contract I.2 and I.3, by group. */
export const allRows: Readonly<Record<string, Rows>> = {
  "blobs of sha256": blobRows("sha256"),
  "blobs of sha512": blobRows("sha512"),
  blobs: rangeRows,
  manifests: manifestRows,
  workflow: workflowRows,
};
