// Networks, as a container finds them and as others find the container.
import assert from "node:assert/strict";
import { readlink } from "node:fs/promises";
import { TaskState } from "../../src/mesos/protocol.ts";
import { testOnDocker } from "./cases.ts";
import { openNetwork } from "./daemon.ts";
import { lookInside } from "./inside.ts";
import { openTestCluster } from "./test_cluster.ts";
import { flags } from "./test_task.ts";

const interfaces = "ls /sys/class/net | sort | tr '\\n' ' '";
const address = "ip -4 -o addr show eth0 | awk '{ print $4 }'";

testOnDocker("a container is in the network of the host, in Docker's bridge, or in none", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const questions = { namespace: "readlink /proc/self/ns/net", interfaces };
  const own = await readlink("/proc/self/ns/net");
  const host = await lookInside(cluster, { network: "host" }, questions, "host");
  const bridge = await lookInside(cluster, { network: "bridge" }, questions, "bridge");
  const none = await lookInside(cluster, { network: "none" }, questions, "none");
  assert.equal(host.namespace, own);
  assert.match(bridge.interfaces, /\beth0\b.*\blo\b/);
  assert.doesNotMatch(none.interfaces, /\beth0\b/);
  // Of each other's they cannot be told: the kernel gives the number of a namespace that is gone to the next one.
  assert.equal(host.namespace === bridge.namespace || host.namespace === none.namespace, false);
});

testOnDocker("a user's network gives the address that a task asks for, and resolves its aliases", async (bench) => {
  await using network = await openNetwork();
  await using cluster = await openTestCluster(bench);
  const { name, toAddress } = network;
  const labels = { labels: [{ key: "tier", value: "front" }] };
  await cluster.run("server", {
    shell: `${address}; sleep 60`,
    network: { name },
    container: { networkInfos: [{ name, labels, ipAddresses: [{ ipAddress: toAddress(77) }] }] },
    parameters: flags("network-alias=db", "net-alias=store"),
    graceMs: 0,
  });
  const { containerStatus } = await cluster.book.reach("server", TaskState.TASK_RUNNING);
  const [info] = containerStatus?.networkInfos ?? [];
  assert.deepEqual([info?.name, info?.labels?.labels[0]?.value], [name, "front"]);
  assert.deepEqual(
    info?.ipAddresses.map(({ ipAddress }) => ipAddress),
    [toAddress(77)],
  );
  // That names are resolved, not that packets pass: a second daemon's firewall on the same host may drop them.
  const questions = { address, db: "ping -c 1 db | head -n 1", store: "ping -c 1 store | head -n 1" };
  const parameters = flags(`network=name=${name},ip=${toAddress(88)}`);
  const found = await lookInside(cluster, { network: "bridge", parameters }, questions, "client");
  assert.deepEqual(found, {
    address: `${toAddress(88)}/24`,
    db: `PING db (${toAddress(77)}): 56 data bytes`,
    store: `PING store (${toAddress(77)}): 56 data bytes`,
  });
  assert.equal(await cluster.sandboxText("server", "stdout"), `${toAddress(77)}/24\n`);
  cluster.kill("server");
  await cluster.book.end("server");
});

testOnDocker("a parameter puts a container into the network of another one", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const question = { namespace: "readlink /proc/self/ns/net" };
  const first = await cluster.run("first", { shell: "readlink /proc/self/ns/net; sleep 60", graceMs: 0 });
  const parameters = flags(`network=container:${first.Id}`);
  const { namespace } = await lookInside(cluster, { parameters }, question, "second");
  assert.equal(`${namespace}\n`, await cluster.sandboxText("first", "stdout"));
  cluster.kill("first");
  await cluster.book.end("first");
});

testOnDocker("name servers and hosts", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const parameters = flags(
    "dns=192.0.2.53",
    "dns-search=cluster.test",
    "dns-opt=ndots:3",
    "add-host=far:192.0.2.1",
    "add-host=six=2001:db8::1",
    "mac-address=02:42:0a:00:00:4d",
  );
  const found = await lookInside(
    cluster,
    { network: "bridge", parameters },
    {
      servers: "grep ^nameserver /etc/resolv.conf",
      search: "grep ^search /etc/resolv.conf",
      options: "grep ^options /etc/resolv.conf",
      far: "awk '$2 == \"far\" { print $1 }' /etc/hosts",
      six: "awk '$2 == \"six\" { print $1 }' /etc/hosts",
      mac: "cat /sys/class/net/eth0/address",
    },
  );
  assert.deepEqual(found, {
    servers: "nameserver 192.0.2.53",
    search: "search cluster.test",
    options: "options ndots:3",
    far: "192.0.2.1",
    six: "2001:db8::1",
    mac: "02:42:0a:00:00:4d",
  });
});
