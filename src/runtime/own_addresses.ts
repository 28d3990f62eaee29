import { networkInterfaces } from "node:os";

/** Whether an IP address, as the kernel writes it and without brackets, is one of this host's in the network that this process is in. */
export function isOwnAddress(address: string): boolean {
  if (/^127(?:\.\d{1,3}){3}$/.test(address)) return true;
  return Object.values(networkInterfaces()).some((interfaces) => interfaces?.some((one) => one.address === address));
}
