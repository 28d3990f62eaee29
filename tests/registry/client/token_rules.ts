import type { IncomingMessage, ServerResponse } from "node:http";
import { answer, type Fault } from "./faulty_server.ts";

/** What the place of tokens does before it hands one out. */
export type TokenRule = (
  request: IncomingMessage,
  response: ServerResponse,
) => "pass" | "done" | Promise<"pass" | "done">;

/** How tokens are wanted and given. */
export interface BearerRules {
  /** Requests for which a token is good. */
  readonly uses?: number;
  readonly expiresIn?: number;
  /** Refresh token that comes with each. */
  readonly refreshToken?: string;
  readonly token?: TokenRule;
  readonly challenge?: (host: string) => string;
}

/** A registry that wants tokens, and hands them out at `/token`. */
export function bearer({
  uses = Number.POSITIVE_INFINITY,
  expiresIn = 300,
  refreshToken,
  token,
  challenge,
}: BearerRules = {}): Fault {
  const left = new Map<string, number>();
  return async (request, response, { host }) => {
    if (request.url?.startsWith("/token")) {
      if ((await token?.(request, response)) === "done") return "done";
      const name = `token-${left.size + 1}`;
      left.set(name, uses);
      const document = JSON.stringify({ token: name, expires_in: expiresIn, refresh_token: refreshToken });
      // A moment, in which others come to ask for the same.
      await new Promise((resolve) => setTimeout(resolve, 10));
      return answer(response, 200, { "content-type": "application/json" }, document);
    }
    const shown = request.headers.authorization?.replace("Bearer ", "") ?? "";
    const rest = left.get(shown) ?? 0;
    if (rest > 0) {
      left.set(shown, rest - 1);
      return "pass";
    }
    const said = challenge?.(host) ?? `Bearer realm="http://${host}/token",service="svc",scope="repository:n:pull"`;
    return answer(response, 401, { "www-authenticate": said });
  };
}
