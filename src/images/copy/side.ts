/** Where an image is copied from or to, as it is written on a command line. */
export type CopySide =
  | { readonly kind: "registry"; readonly text: string }
  /** `name` is that of an entry of the index, as a rule a tag, or `@` and its digest. */
  | { readonly kind: "oci"; readonly path: string; readonly name?: string }
  | { readonly kind: "oci-archive"; readonly path: string; readonly name?: string }
  /** `name` is an image's, or `@` and its place in the list. */
  | { readonly kind: "docker-archive"; readonly path: string; readonly name?: string }
  | { readonly kind: "docker-daemon"; readonly image: string };

/** A path that stands for standard input or output. */
export const standardStream = "-";

/**
 * Reads a side in the spelling of skopeo: `docker://HOST/REPOSITORY`, `oci:FOLDER[:TAG]`, `oci-archive:FILE[:TAG]`,
 * `docker-archive:FILE[:IMAGE]`, `docker-daemon:IMAGE`; anything else is a repository of a registry. Throws SyntaxError.
 *
 * @example
 * ```ts
 * parseCopySide("docker-archive:redis.tar:redis:7"); // { kind: "docker-archive", path: "redis.tar", name: "redis:7" }
 * ```
 */
export function parseCopySide(text: string): CopySide {
  const [, kind = "", rest = ""] = /^(oci|oci-archive|docker-archive|docker-daemon):(?!\/\/)(.*)$/s.exec(text) ?? [];
  switch (kind) {
    case "docker-daemon":
      if (rest === "") throw new SyntaxError(`Cannot copy "${text}": expected docker-daemon:IMAGE`);
      return { kind, image: rest };
    case "oci":
    case "oci-archive":
    case "docker-archive":
      return { kind, ...parsePath(text, kind, rest) };
    default:
      return { kind: "registry", text: text.replace(/^docker:\/\//, "") };
  }
}

/** A path ends at the first colon, or at the `@` of a digest or a place that ends the text. */
function parsePath(text: string, kind: string, rest: string): { path: string; name?: string } {
  const colon = rest.indexOf(":");
  const at = rest.search(/@(?:\d+|sha\d+:[0-9a-f]+)$/);
  const end = at >= 0 && (colon < 0 || at < colon) ? at : colon;
  const path = end < 0 ? rest : rest.slice(0, end);
  const name = end < 0 ? "" : rest.slice(end).replace(/^:/, "");
  if (path === "" || (end >= 0 && name === "")) {
    throw new SyntaxError(`Cannot copy "${text}": expected ${kind}:PATH or ${kind}:PATH:NAME`);
  }
  if (path === standardStream && kind === "oci") throw new SyntaxError(`Cannot copy "${text}": a folder cannot be "-"`);
  return { path, ...(name === "" ? {} : { name }) };
}
