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
      if (rest === "" || rest === standardStream) {
        throw new SyntaxError(`Cannot copy "${text}": expected docker-daemon:IMAGE`);
      }
      return { kind, image: rest };
    case "oci":
    case "oci-archive":
    case "docker-archive":
      return { kind, ...parsePath(text, kind, rest) };
    default:
      if (text === standardStream) {
        const expected = `expected docker-archive:${standardStream} or oci-archive:${standardStream}`;
        throw new SyntaxError(`Cannot copy "${text}": ${expected}`);
      }
      return { kind: "registry", text: text.replace(/^docker:\/\//, "") };
  }
}

/**
 * Reads the side that an image is copied to, as {@link parseCopySide}. Only a registry's may have a digest, and has to be given that
 * content: elsewhere images have names, and digest and place come from what is copied. Throws SyntaxError.
 */
export function parseCopyTarget(text: string): CopySide {
  const side = parseCopySide(text);
  if (side.kind === "registry") return side;
  const name = side.kind === "docker-daemon" ? side.image : (side.name ?? "");
  if (!name.includes("@") && !/^sha\d+:[0-9a-f]{32,}$/.test(name)) return side;
  const expected = side.kind === "docker-daemon" ? `${side.kind}:IMAGE` : `${side.kind}:PATH or ${side.kind}:PATH:NAME`;
  throw new SyntaxError(`Cannot copy to "${text}": found a digest or a place, expected ${expected}`);
}

/** Whether a side is Docker's own: it takes one image and no index of them, and gives layers as they are unpacked. */
export function isDockerSide({ kind }: CopySide): boolean {
  return kind === "docker-archive" || kind === "docker-daemon";
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
