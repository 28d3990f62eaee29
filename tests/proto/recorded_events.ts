import { readdirSync, readFileSync } from "node:fs";

const recordings = new URL("../mesos/recordings/", import.meta.url);

/** Events as a real agent sent them: name → bytes. RecordIO is a decimal length, "\n", and that many bytes. */
export function recordedEvents(): Map<string, Uint8Array> {
  const events = new Map<string, Uint8Array>();
  for (const name of readdirSync(recordings, { recursive: true, encoding: "utf8" })) {
    if (!/events-\d+\.recordio$/.test(name)) continue;
    const bytes = new Uint8Array(readFileSync(new URL(name, recordings)));
    for (let position = 0, index = 0; position < bytes.length; index++) {
      const newline = bytes.indexOf(10, position);
      const length = Number(new TextDecoder().decode(bytes.subarray(position, newline)));
      position = newline + 1 + length;
      events.set(`${name} #${index}`, bytes.slice(newline + 1, position));
    }
  }
  return events;
}
