// The configuration of the image manager as a schema: a section of its own file for each noun.
import { mapping, said } from "../../notation/fields.ts";
import { gcSchema } from "./gc_schema.ts";
import { insecureSchema } from "./insecure_schema.ts";
import { pullSchema } from "./pull_schema.ts";
import { registriesSchema } from "./registries_schema.ts";
import { warmSchema } from "./warm_schema.ts";

/** The whole file. */
export const configSchema = mapping({
  registries: said(registriesSchema, "Registries by host, by host and first parts of names, by *.domain, or * for all"),
  insecure: said(
    insecureSchema,
    "Registries that may do without TLS, or with a certificate of nobody's: HOST[:PORT], or ADDRESS/BITS for all of these addresses",
  ),
  pull: said(pullSchema, "How images get into the daemon"),
  gc: said(gcSchema, "When images are collected, and which stay"),
  warm: said(warmSchema, "How images are fetched ahead of need, and which"),
});
