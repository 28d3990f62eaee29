/**
 * The image that a `docker:///image` or `docker://registry/image` names, as old Marathon and deimos write it (contract
 * D.5, D.6); undefined for any other text.
 */
export function stripDockerUrl(text: string): string | undefined {
  return /^docker:\/\/(?:\/|(?=[^/\s]+\/))(?<image>[^/\s](?:\S*[^/\s])?)$/.exec(text)?.groups?.image;
}
