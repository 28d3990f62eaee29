import type { CallOptions, Engine } from "../engine.ts";
import type { HistoryEntry } from "../engine_documents.ts";
import type { EngineConnection } from "../http/connection.ts";
import { imageCall } from "../http/engine_call.ts";
import { compareApiVersions } from "../http/negotiation.ts";
import { readDiskUsage, readHistory, readImages } from "./image_documents.ts";

/** The calls about all images, and about what they are made of. */
export function createImageListCalls(
  connection: EngineConnection,
): Pick<Engine, "listImages" | "imageHistory" | "diskUsage"> {
  const { changeMs } = connection.deadlines;
  return {
    listImages: (options) =>
      connection.document(
        {
          action: "list the images of",
          subject: connection.addressText,
          method: "GET",
          path: "/images/json",
          deadlineMs: changeMs,
        },
        options,
        readImages,
      ),
    imageHistory: (reference, options) => history(connection, reference, options),
    diskUsage: (options) =>
      connection.document(
        {
          action: "ask for the disk usage of",
          subject: connection.addressText,
          method: "GET",
          path: "/system/df",
          needs: { apiVersion: "1.25", what: "the disk usage" },
          fit: (apiVersion) => ({ query: toUsageQuery(apiVersion) }),
          deadlineMs: changeMs,
        },
        options,
        readDiskUsage,
      ),
  };
}

/** Of images alone, where the daemon can; else it walks through all volumes as well. */
function toUsageQuery(apiVersion: string): Record<string, string> {
  return {
    ...(compareApiVersions(apiVersion, "1.42") < 0 ? {} : { type: "image" }),
    ...(compareApiVersions(apiVersion, "1.52") < 0 ? {} : { verbose: "1" }),
  };
}

async function history(
  connection: EngineConnection,
  reference: string,
  options: CallOptions | undefined,
): Promise<HistoryEntry[] | undefined> {
  const call = imageCall("ask for the history of image", reference, {
    method: "GET",
    operation: "history",
    accept: [404],
    deadlineMs: connection.deadlines.callMs,
  });
  using exchange = await connection.open(call, options);
  return exchange.status === 404 ? undefined : await exchange.document(readHistory);
}
