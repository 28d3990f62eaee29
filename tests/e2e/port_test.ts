// Ports of the host that lead into containers.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { text } from "node:stream/consumers";
import { formatDocument } from "../../src/executor/translation/document.ts";
import { ContainerInfo_Type, Image_Type } from "../../src/mesos/protocol.ts";
import { testOnDocker } from "./cases.ts";
import { openNetwork } from "./daemon.ts";
import { eventually } from "./eventually.ts";
import { hear, serve } from "./served_port.ts";
import { openTestCluster, type TestCluster } from "./test_cluster.ts";
import { flags, type TestTask } from "./test_task.ts";

async function whileRunning(cluster: TestCluster, task: TestTask, look: () => Promise<void>): Promise<void> {
  await cluster.run("server", { ...task, graceMs: 0 });
  await look();
  cluster.kill("server");
  await cluster.book.end("server");
}

testOnDocker("ports by DockerInfo and by network_infos are reached by TCP", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const [first = 0, second = 0] = cluster.ports;
  const task: TestTask = {
    shell: serve(80, 81),
    network: "bridge",
    ports: [{ hostPort: first, containerPort: 80, protocol: "TCP" }],
    offeredPorts: [second],
    container: { networkInfos: [{ portMappings: [{ hostPort: second, containerPort: 81 }] }] },
  };
  await whileRunning(cluster, task, async () => {
    assert.deepEqual([await hear(first), await hear(second)], ["tcp 80\n", "tcp 81\n"]);
  });
});

testOnDocker("ports of a container of type MESOS are reached in a user's network", async (bench) => {
  await using network = await openNetwork();
  await using cluster = await openTestCluster(bench);
  const [hostPort = 0] = cluster.ports;
  const image = { type: Image_Type.DOCKER, docker: { name: bench.image }, cached: true };
  const networkInfos = [{ name: network.name, portMappings: [{ hostPort, containerPort: 80 }] }];
  const task: TestTask = {
    describedBy: "info and words",
    info: {
      data: formatDocument({ command: serve(80) }),
      container: { type: ContainerInfo_Type.MESOS, mesos: { image }, networkInfos },
    },
    offeredPorts: [hostPort],
  };
  await whileRunning(cluster, task, async () => assert.equal(await hear(hostPort), "tcp 80\n"));
});

testOnDocker("a port is reached by UDP", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const [hostPort = 0] = cluster.ports;
  // Nothing in the image listens to UDP: the kernel counts the datagrams that came in and found nobody (NoPorts).
  const shell =
    "until awk '$1 == \"Udp:\" && $3 + 0 > 0 { found = 1 } END { exit !found }' /proc/net/snmp; do sleep 0.1; done";
  await cluster.run("server", { shell, network: "bridge", ports: [{ hostPort, containerPort: 53, protocol: "UDP" }] });
  const socket = createSocket("udp4");
  // It is told that nobody listens.
  socket.on("error", () => undefined);
  await eventually("a datagram in the container", () => {
    socket.send("hello", hostPort, "127.0.0.1");
    return cluster.book.states("server").includes("TASK_FINISHED");
  });
  socket.close();
});

testOnDocker("a range of ports, and one at an address of the host alone", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const { range, apart } = findRange(cluster.ports);
  const [begin, end] = range;
  const task: TestTask = {
    shell: serve(80, 81, 90),
    network: "bridge",
    offeredPorts: [begin, end, apart],
    parameters: flags(`publish=${begin}-${end}:80-81`, `publish=127.0.0.1:${apart}:90`),
  };
  await whileRunning(cluster, task, async () => {
    assert.deepEqual([await hear(begin), await hear(end)], ["tcp 80\n", "tcp 81\n"]);
    assert.equal(await hear(apart), "tcp 90\n");
    const other = findOtherAddress();
    if (other === undefined) return;
    assert.equal(await hear(begin, other), "tcp 80\n");
    const refused = await text(connect(apart, other)).catch((error: NodeJS.ErrnoException) => error.code);
    assert.equal(refused, "ECONNREFUSED");
  });
});

testOnDocker("a port without a host port takes one of the task's own", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const [first = 0, second = 0] = cluster.ports;
  const parameters = flags(`publish=${first}:80`, "publish=81");
  const task: TestTask = { shell: serve(80, 81), network: "bridge", offeredPorts: [first, second], parameters };
  await whileRunning(cluster, task, async () => {
    assert.deepEqual([await hear(first), await hear(second)], ["tcp 80\n", "tcp 81\n"]);
  });
});

/** Two neighbouring ports, and another one. */
function findRange(ports: readonly number[]): { range: [number, number]; apart: number } {
  for (const port of ports) {
    const apart = ports.find((other) => other !== port && other !== port + 1);
    if (ports.includes(port + 1) && apart !== undefined) return { range: [port, port + 1], apart };
  }
  throw new Error(`Cannot find neighbours among ports ${ports.join()}`);
}

/** An address of this host that is not the loopback's. */
function findOtherAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses);
  return all.find(({ family, internal }) => family === "IPv4" && !internal)?.address;
}
