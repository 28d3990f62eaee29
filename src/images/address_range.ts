import { BlockList, isIP } from "node:net";

/** Addresses that begin alike. */
export interface AddressRange {
  contains(address: string): boolean;
}

/** Reads `10.0.0.0/8` or `fd00::/8`; undefined for what is no range. */
export function parseAddressRange(text: string): AddressRange | undefined {
  const [, network = "", bits = ""] = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(text) ?? [];
  const family = isIP(network);
  if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) return undefined;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family === 4 ? "ipv4" : "ipv6");
  return {
    contains: (address) => {
      const found = isIP(address);
      return found !== 0 && list.check(address, found === 4 ? "ipv4" : "ipv6");
    },
  };
}
