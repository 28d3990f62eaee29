import assert from "node:assert/strict";
import { test } from "node:test";
import { applySaid, testFaults, testRows } from "./drafted.ts";

const from = "DockerInfo.parameters";

testFaults([
  [
    ["cpus", "1"],
    `HostConfig.NanoCpus 1000000000 (${from} cpus) excludes HostConfig.CpuQuota 50000 (limits.cpus)`,
    { prepare: ({ host }) => host.set("CpuQuota", 50_000, "limits.cpus") },
  ],
  [
    [
      ["cpus", "1"],
      ["cpu-period", "50000"],
    ],
    `HostConfig.NanoCpus 1000000000 (${from} cpus) excludes HostConfig.CpuPeriod 50000 (${from} cpu-period)`,
  ],
  [["memory-swap", "64m"], `HostConfig.MemorySwap 67108864 (${from} memory-swap) needs a memory limit as well`],
  [
    ["memory-swap", "64m"],
    `HostConfig.MemorySwap 67108864 (${from} memory-swap) is memory and swap together, and less than ` +
      "HostConfig.Memory 134217728 (resources.mem)",
    { prepare: ({ host }) => host.set("Memory", 134_217_728, "resources.mem") },
  ],
  [
    ["memory", "32m"],
    `HostConfig.MemoryReservation 67108864 (resources.mem) is more than HostConfig.Memory 33554432 (${from} memory)`,
    { prepare: ({ host }) => host.set("MemoryReservation", 67_108_864, "resources.mem") },
  ],
  [
    [
      ["uts", "host"],
      ["hostname", "db"],
      ["domainname", "example.org"],
    ],
    `${from} hostname is not possible with ${from} uts, which is the host's; ` +
      `${from} domainname is not possible with ${from} uts, which is the host's`,
  ],
  ...["host", "none", "container:db"].map(
    (network) =>
      [
        [
          ["publish", "80:80"],
          ["publish-all", ""],
          ["net", network],
        ],
        `${from} publish is not possible in network "${network}"; ${from} publish-all is not possible in network "${network}"`,
      ] as const,
  ),
  [
    ["net", "host"],
    'port_mappings is not possible in network "host"',
    { prepare: ({ ports }) => ports.push({ containerPort: 80, protocol: "tcp", source: "port_mappings" }) },
  ],
  [
    [
      ["link", "db"],
      ["net", "host"],
    ],
    `${from} link is not possible in network "host"`,
  ],
  [
    [
      ["hostname", "db"],
      ["dns", "8.8.8.8"],
      ["add-host", "a:1.2.3.4"],
      ["expose", "80"],
      ["link", "x"],
      ["net", "container:db"],
    ],
    ["link", "dns", "add-host", "hostname", "expose"]
      .map((key) => `${from} ${key} is not possible in network "container:db"`)
      .join("; "),
  ],
]);

testRows([
  [
    [
      ["cpu-quota", "0"],
      ["cpus", "1"],
    ],
    { CpuQuota: 0, NanoCpus: 1e9 },
    { prepare: ({ host }) => host.set("CpuQuota", 50_000, "limits.cpus") },
  ],
  [
    [
      ["hostname", "db"],
      ["dns", "8.8.8.8"],
      ["expose", "80"],
      ["net", "host"],
    ],
    { Hostname: "db", Dns: ["8.8.8.8"], ExposedPorts: { "80/tcp": {} }, networkMode: "host" },
  ],
]);

test("applyParameters() warns of an OOM killer that is off without a memory limit", () => {
  assert.deepEqual(applySaid([["oom-kill-disable", "true"]]).warnings, [
    `${from} oom-kill-disable without a memory limit lets the container take all memory of the host`,
  ]);
  const limited = [
    ["oom-kill-disable", "true"],
    ["memory", "64m"],
  ] as const;
  assert.deepEqual(applySaid(limited).warnings, []);
});

test("applyParameters() warns of a size of shared memory that is another's", () => {
  const said = [
    ["shm-size", "64m"],
    ["ipc", "host"],
  ] as const;
  assert.deepEqual(applySaid(said).warnings, [`${from} shm-size has no effect with ipc "host"`]);
  assert.deepEqual(applySaid([["shm-size", "64m"]]).warnings, []);
});
