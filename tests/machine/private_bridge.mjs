// The bridge of a private dockerd. It cannot do without: --bridge=none makes dockerd remove the docker0 of the machine's
// own daemon, and docker0 itself cannot be shared. Given a bridge without an address, dockerd takes a free subnet for it.
import { runSystem } from "./processes.mjs";

/** Makes the bridge of a private place anew. */
export function createPrivateBridge(place) {
  removePrivateBridge(place, () => undefined); // One that a killed keeper left.
  const made = runSystem("ip", ["link", "add", "name", place.private.bridge, "type", "bridge"]);
  if (!made.ok) throw new Error(`Cannot make the bridge "${place.private.bridge}" for dockerd: ${made.reason}`);
}

/** Removes the bridge of a private place, when it is there. */
export function removePrivateBridge(place, note) {
  if (!runSystem("ip", ["link", "show", place.private.bridge]).ok) return;
  const removed = runSystem("ip", ["link", "delete", place.private.bridge]);
  if (!removed.ok) note(`The bridge ${place.private.bridge} stays: ip link delete says: ${removed.reason}`);
}
