import assert from "node:assert/strict";
import { test } from "node:test";
import { findFlag } from "../../../../src/executor/translation/parameters/flag_table.ts";

/** Keys that the contract names (B.4), aliases among them. */
const contractKeys = `
  add-host annotation blkio-weight blkio-weight-device device-read-bps device-read-iops device-write-bps device-write-iops
  cap-add cap-drop cgroup-parent cgroupns cpu-period cpu-quota cpu-rt-period cpu-rt-runtime cpu-shares cpus cpuset-cpus
  cpuset-mems device device-cgroup-rule dns dns-search dns-opt dns-option domainname entrypoint env env-file expose gpus
  group-add health-cmd health-interval health-retries health-start-period health-start-interval health-timeout
  no-healthcheck hostname init interactive ip ip6 link-local-ip mac-address network-alias net-alias ipc isolation label
  label-file link log-driver log-opt memory memory-reservation memory-swap memory-swappiness mount net network
  oom-kill-disable oom-score-adj pid pids-limit platform privileged publish publish-all pull read-only runtime
  security-opt shm-size stop-signal stop-timeout storage-opt sysctl tmpfs tty ulimit user userns uts volume volume-driver
  volumes-from workdir name cidfile detach rm restart sig-proxy attach`;

/** Flags of docker run 28 that the contract leaves out. */
const otherKeys = `
  cpu-count cpu-percent detach-keys disable-content-trust help io-maxbandwidth io-maxiops kernel-memory quiet
  use-api-socket`;

for (const key of `${contractKeys} ${otherKeys}`.trim().split(/\s+/)) {
  test(`findFlag() knows ${key}`, () => {
    assert.equal(typeof findFlag(key)?.apply, "function");
  });
}

const switches =
  "detach disable-content-trust help init interactive no-healthcheck oom-kill-disable privileged publish-all quiet " +
  "read-only rm sig-proxy tty use-api-socket";

test("findFlag() takes for switches exactly what docker run does", () => {
  const keys = `${contractKeys} ${otherKeys}`.trim().split(/\s+/);
  const found = keys.filter((key) => findFlag(key)?.takes === "switch").sort();
  assert.deepEqual(found, switches.split(" "));
});
