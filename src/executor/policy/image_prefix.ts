import { judgeByLongest } from "./access.ts";
import type { AccessRule, Verdict } from "./policy.ts";

/** Other names of Docker Hub. */
const hubNames: readonly string[] = ["index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"];

/**
 * A reference with all that Docker leaves out: `busybox` is `docker.io/library/busybox`. The registry is in lower case and
 * without the port of https, so that one registry has one name. Undefined for what the daemon may take for the id of an
 * image that it has: that says nothing of where the image is from.
 */
export function toFullReference(image: string): string | undefined {
  if (/^(?:sha256:)?[0-9a-f]+$/i.test(image)) return undefined;
  const slash = image.indexOf("/");
  const first = slash < 0 ? "" : image.slice(0, slash);
  if (!isRegistry(first)) return slash < 0 ? `docker.io/library/${image}` : `docker.io/${image}`;
  const registry = toRegistryName(first);
  const path = image.slice(slash + 1);
  return registry === "docker.io" && !path.includes("/") ? `docker.io/library/${path}` : `${registry}/${path}`;
}

/**
 * An entry of `registries` in the form in which it is compared, or undefined when one cannot tell what it names: it begins
 * with a registry, and on Docker Hub has a user.
 */
export function toImagePrefix(entry: string): string | undefined {
  const slash = entry.indexOf("/");
  if (slash < 0 || !isRegistry(entry.slice(0, slash))) return undefined;
  const registry = toRegistryName(entry.slice(0, slash));
  const path = entry.slice(slash + 1);
  if (registry === "docker.io" && path !== "" && !path.includes("/")) return undefined;
  return `${registry}/${path}`;
}

/** What a rule says of a full reference: an entry without a slash at its end names one repository, tag or tree. */
export function judgeImage(rule: AccessRule, reference: string): Verdict {
  return judgeByLongest(rule, (entry) => {
    if (!reference.startsWith(entry)) return false;
    return entry.endsWith("/") || ["", "/", ":", "@"].includes(reference.charAt(entry.length));
  });
}

/** As Docker tells a registry from a user's name. */
function isRegistry(component: string): boolean {
  return component === "localhost" || /[.:A-Z]/.test(component);
}

function toRegistryName(registry: string): string {
  const name = registry.toLowerCase().replace(/:443$/, "");
  return hubNames.includes(name) ? "docker.io" : name;
}
