// The configuration of the image manager as a schema: a section of its own file for each noun.
import type * as v from "valibot";
import { mapping, said } from "../../notation/fields.ts";
import { registriesSchema } from "./registries_schema.ts";

/** The whole file. */
export const configSchema = mapping({
  registries: said(registriesSchema, "Registries by host, by host and first parts of names, by *.domain, or * for all"),
});

/** What the file says. */
export type ConfigDocument = v.InferOutput<typeof configSchema>;
