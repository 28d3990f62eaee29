// Which registries may do without TLS. One section of the configuration; see config_schema.ts.
import * as v from "valibot";
import { readable } from "../../notation/fields.ts";
import { insecureEntryText, parseInsecureEntry } from "../insecure_registries.ts";

/** Registries by `host[:port]` or by ranges of addresses. */
export const insecureSchema = v.array(
  readable(insecureEntryText, (entry) => parseInsecureEntry(entry) !== undefined),
  "a list of registries",
);
