import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Why a test without certificates is skipped, if it is. */
export const certificateOptions =
  spawnSync("openssl", ["version"]).status === 0
    ? {}
    : { skip: "openssl is not installed, and makes the certificates" };

/**
 * Makes in a folder what both sides of a connection need: `ca.pem`, and `server` and `client` each with `.pem` and
 * `-key.pem`; the server's is for 127.0.0.1.
 */
export function makeCertificates(folder: string): void {
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  openssl("req", "-x509", ...key, "-subj", "/CN=test authority", "-keyout", "ca-key.pem", "-out", "ca.pem");
  for (const [name, subject, extensions] of [
    ["server", "/CN=127.0.0.1", "subjectAltName=IP:127.0.0.1"],
    ["client", "/CN=client", "extendedKeyUsage=clientAuth"],
  ] as const) {
    writeFileSync(join(folder, `${name}.ext`), extensions);
    openssl("req", ...key.slice(0, -2), "-subj", subject, "-keyout", `${name}-key.pem`, "-out", `${name}.csr`);
    const signing = ["-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial", "-days", "2"];
    openssl("x509", "-req", "-in", `${name}.csr`, ...signing, "-extfile", `${name}.ext`, "-out", `${name}.pem`);
  }
}
