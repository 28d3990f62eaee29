import assert from "node:assert/strict";
import { test } from "node:test";
import { applySaid, testFaults, testRows } from "../drafted.ts";

const tcp = { protocol: "tcp" };

testRows([
  [["publish", "80"], { ports: [{ containerPort: 80, ...tcp }] }],
  [["publish", "8080:80"], { ports: [{ hostPort: 8080, containerPort: 80, ...tcp }] }],
  [["publish", "0:80"], { ports: [{ containerPort: 80, ...tcp }] }],
  [["publish", "53:53/UDP"], { ports: [{ hostPort: 53, containerPort: 53, protocol: "udp" }] }],
  [
    ["publish", "127.0.0.1:80:90/sctp"],
    { ports: [{ hostIp: "127.0.0.1", hostPort: 80, containerPort: 90, protocol: "sctp" }] },
  ],
  [["publish", "1.2.3.4::80"], { ports: [{ hostIp: "1.2.3.4", containerPort: 80, ...tcp }] }],
  [
    ["publish", "[::1]:1000-1001:2000-2001"],
    {
      ports: [
        { hostIp: "::1", hostPort: 1000, containerPort: 2000, ...tcp },
        { hostIp: "::1", hostPort: 1001, containerPort: 2001, ...tcp },
      ],
    },
  ],
  [["publish", "::1:8080:80"], { ports: [{ hostIp: "::1", hostPort: 8080, containerPort: 80, ...tcp }] }],
  [
    ["publish", "10-11"],
    {
      ports: [
        { containerPort: 10, ...tcp },
        { containerPort: 11, ...tcp },
      ],
    },
  ],
  [
    ["publish", "published=8080,target=80,protocol=udp,mode=host"],
    { ports: [{ hostPort: 8080, containerPort: 80, protocol: "udp" }] },
  ],
  [["publish", "target=80"], { ports: [{ containerPort: 80, ...tcp }] }],
  [["publish-all", ""], { publishExposed: "yes" }],
  [["publish-all", "false"], {}],
  [["expose", "80"], { ExposedPorts: { "80/tcp": {} } }],
  [["expose", "10-12/udp"], { ExposedPorts: { "10/udp": {}, "11/udp": {}, "12/udp": {} } }],
]);

const expectedPort = "expected a port from 1 to 65535 with tcp, udp or sctp, such as 80/tcp";
const expectedIp = "expected an address of the host such as 127.0.0.1 or [::1]";

testFaults([
  [["publish", ""], `"publish" is "", ${expectedPort}`],
  [["publish", "80:"], `"publish" is "", ${expectedPort}`],
  [["publish", "80/foo"], `"publish" is "80/foo", ${expectedPort}`],
  [["publish", "8080:70000"], `"publish" is "70000", ${expectedPort}`],
  [["publish", "8080:0"], `"publish" is "0", ${expectedPort}`],
  [["publish", "8010-8000:80"], '"publish" is "8010-8000:80", expected host ports such as 8080 or 8000-8010'],
  [["publish", "localhost:80:80"], `"publish" is "localhost:80:80", ${expectedIp}`],
  [["publish", "10-11:10-12"], '"publish" has 2 host ports for 3 of the container'],
  [["publish", "8000-8010:80"], '"publish" has 11 host ports for 1 of the container'],
  [
    ["publish", "target=80,from=1"],
    '"publish" is "target=80,from=1", expected a form such as target=80,published=8080',
  ],
  [["publish-all", "tcp"], '"publish-all" is "tcp", expected true or false'],
  [["expose", "0"], `"expose" is "0", ${expectedPort}`],
  [["expose", "8080:80"], `"expose" is "8080:80", ${expectedPort}`],
]);

test("applyParameters() says of a published port where it comes from", () => {
  const { draft } = applySaid([["publish", "80"]]);
  assert.deepEqual(
    draft.ports.map(({ source }) => source),
    ["DockerInfo.parameters publish"],
  );
});

test("applyParameters() adds published ports to the task's own", () => {
  const { draft } = applySaid([["publish", "81:81"]], {
    prepare: ({ ports }) => ports.push({ hostPort: 80, containerPort: 80, protocol: "tcp", source: "mappings" }),
  });
  assert.deepEqual(
    draft.ports.map(({ hostPort }) => hostPort),
    [80, 81],
  );
});
