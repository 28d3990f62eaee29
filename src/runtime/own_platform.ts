import process from "node:process";

/** What images for this host are made for, in the words of image indexes: images of Linux run here, whatever this is. */
export function ownPlatform(): { os: string; architecture: string } {
  const architecture = { x64: "amd64", ia32: "386" }[process.arch as string] ?? process.arch;
  return { os: "linux", architecture };
}
