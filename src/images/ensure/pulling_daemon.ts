import { type Engine, EngineError } from "../../docker/mod.ts";

/** A part of a name or of an address as daemons write it: what ends a sentence is none of it. */
const rest = "(?:[^\\s\"',;()]*[^\\s\"',;():.])?";

/**
 * The daemon as it pulls an image from the gateway at `host`. Its errors call the image what the user calls it, since the gateway's
 * address is known to nobody, and gone in a moment.
 */
export function pullingDaemon(
  engine: Engine,
  image: string,
  { host }: { readonly host: string },
): Pick<Engine, "pullImage" | "inspectImage"> {
  const rename = (text: string) =>
    text.replace(namesOf(host), (found: string, path?: string) =>
      path === undefined && !found.includes("/v2/") ? "the gateway" : image,
    );
  const told = (error: unknown): unknown => {
    if (!(error instanceof EngineError)) return error;
    const { code, message, status, retryable, cause } = error;
    return new EngineError(code, rename(message), { ...(status === undefined ? {} : { status }), retryable, cause });
  };
  const tell = async <T>(call: Promise<T>): Promise<T> => {
    try {
      return await call;
    } catch (error) {
      throw told(error);
    }
  };
  return {
    pullImage: (name, options) => tell(engine.pullImage(name, options)),
    inspectImage: (name, options) => tell(engine.inspectImage(name, options)),
  };
}

/** Where a text tells of a gateway. Made only for errors: to make it costs more than all else here. */
function namesOf(host: string): RegExp {
  const own = host.replaceAll(".", "\\.");
  // What another pull fetches as well, the daemon may have asked that one's gateway for.
  return new RegExp(`https?://127\\.0\\.0\\.1:\\d+/v2/${rest}|(?:https?://)?${own}(?!\\d)(/${rest})?`, "g");
}
