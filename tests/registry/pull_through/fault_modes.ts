import type { ServerResponse } from "node:http";
import { answer, cut, type Fault } from "../client/faulty_server.ts";
import type { Specimen } from "../conformance/specimens.ts";

/** What a registry does wrong with one blob; everything else of it is well (contract F.5). */
const modes = {
  "404": () => (_request, response) => answer(response, 404, {}, "{}"),
  "429": () => (_request, response) => answer(response, 429, { "retry-after": "60" }, "{}"),
  "503": () => (_request, response) => answer(response, 503, {}, "{}"),
  "HTML with 200": () => (_request, response) =>
    answer(response, 200, { "content-type": "text/html", "content-length": 11 }, "<h1>Hi</h1>"),
  "no answer": () => () => "done",
  "headers and nothing else": (blob) => (_request, response) => begin(response, blob, 0),
  "half and then nothing": (blob) => (_request, response) => begin(response, blob, blob.bytes.byteLength / 2),
  "half and then a trickle": (blob) => (_request, response) => trickle(response, blob),
  "half and then a broken connection": (blob) => (_request, response) =>
    cut(response, 200, lengthOf(blob), blob.bytes.subarray(0, blob.bytes.byteLength / 2)),
  "a wrong byte": (blob) => (_request, response) => answer(response, 200, {}, withWrongByte(blob)),
  "a byte too few": (blob) => (_request, response) => answer(response, 200, {}, blob.bytes.subarray(1)),
  "a byte too many": (blob) => (_request, response) =>
    answer(response, 200, {}, Buffer.concat([blob.bytes, Buffer.of(0)])),
} satisfies Record<string, (blob: Specimen) => Fault>;

export type FaultMode = keyof typeof modes;

export const faultModes: Readonly<Record<FaultMode, (blob: Specimen) => Fault>> = modes;

/** The fault of a mode, for requests that read blobs. */
export function spoilBlobs(mode: FaultMode, blob: Specimen): Fault {
  const fault = faultModes[mode](blob);
  return (request, response, at) =>
    request.method === "GET" && request.url?.includes("/blobs/") ? fault(request, response, at) : "pass";
}

function lengthOf({ bytes }: Specimen): { "content-length": number } {
  return { "content-length": bytes.byteLength };
}

function begin(response: ServerResponse, blob: Specimen, bytes: number): "done" {
  response.writeHead(200, lengthOf(blob));
  response.flushHeaders();
  if (bytes > 0) response.write(blob.bytes.subarray(0, bytes));
  return "done";
}

/** A byte now and then, until the connection is closed. */
function trickle(response: ServerResponse, blob: Specimen): "done" {
  let at = blob.bytes.byteLength / 2;
  begin(response, blob, at);
  const timer = setInterval(() => response.write(blob.bytes.subarray(at, ++at)), 5);
  response.once("close", () => clearInterval(timer));
  return "done";
}

function withWrongByte({ bytes }: Specimen): Uint8Array {
  const wrong = Uint8Array.from(bytes);
  const last = wrong.byteLength - 1;
  wrong[last] = (wrong[last] ?? 0) ^ 1;
  return wrong;
}
