/**
 * Why Debian's package tools did not do what was asked.
 * - `absent`: apt's lists do not have the package, or it lacks a file it should have
 * - `program`: apt-get, apt-cache or dpkg-deb failed or is not installed
 * - `damaged`: a package's archive cannot be read
 */
export type PackageErrorCode = "absent" | "program" | "damaged";

/** A package could not be had. */
export class PackageError extends Error {
  override readonly name = "PackageError";
  readonly code: PackageErrorCode;

  constructor(code: PackageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
