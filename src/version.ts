import manifest from "../package.json" with { type: "json" };

/** Version of this program, as its manifest states it. */
export const version: string = manifest.version;
