// What a task says and nobody here can honour is an error that names it, and no container is made.
import assert from "node:assert/strict";
import {
  ContainerInfo_Type,
  HealthCheck_Type,
  Image_Type,
  TaskState,
  TaskStatus_Reason,
  Volume_Mode,
  Volume_Source_Type,
} from "../../src/mesos/protocol.ts";
import { testOnDocker } from "./cases.ts";
import { openTestCluster } from "./test_cluster.ts";
import { flags, type TestTask } from "./test_task.ts";

const { TASK_ERROR, TASK_FAILED } = TaskState;
const { RO } = Volume_Mode;

const mounted = (volume: object): TestTask => ({
  container: { volumes: [{ containerPath: "/v", mode: RO, ...volume }] },
});

const appc = { type: Image_Type.APPC, appc: { name: "example.com/app" } };

/** Refused by what the task says alone. */
const refused: [what: string, task: TestTask, state: TaskState, message: RegExp][] = [
  [
    "a health check without its port",
    { info: { healthCheck: { type: HealthCheck_Type.TCP, tcp: { port: 0 } } } },
    TASK_FAILED,
    /^Cannot use TaskInfo\.health_check\.tcp\.port: 0 is no port$/,
  ],
  [
    "parameters that nobody knows, or that are the executor's own",
    { parameters: flags("surprise=1", "restart=always", "rm=true", "memory=12x") },
    TASK_FAILED,
    /^Cannot use parameters: "surprise" is unknown; "restart" is "always".*; "rm" is not possible.*; "memory" is "12x"/,
  ],
  [
    "limits that exclude each other",
    { parameters: flags("cpus=1", "cpu-quota=5000") },
    TASK_FAILED,
    /HostConfig\.NanoCpus 1000000000 \(DockerInfo\.parameters cpus\) excludes HostConfig\.CpuQuota 5000/,
  ],
  [
    "a CSI volume",
    mounted({ source: { type: Volume_Source_Type.CSI_VOLUME, csiVolume: { pluginName: "p" } } }),
    TASK_ERROR,
    /^Cannot honour container\.volumes\[0\]\.source\.csi_volume: /,
  ],
  [
    "an appc image",
    {
      describedBy: "info and words",
      info: { container: { type: ContainerInfo_Type.MESOS, mesos: { image: appc } } },
    },
    TASK_ERROR,
    /^Cannot honour container\.mesos\.image: only images of type DOCKER/,
  ],
  [
    "an appc image as a volume",
    mounted({ image: appc }),
    TASK_ERROR,
    /^Cannot honour container\.volumes\[0\]\.image: /,
  ],
  [
    "groups of networks",
    { container: { networkInfos: [{ groups: ["g"] }] } },
    TASK_ERROR,
    /^Cannot honour container\.network_infos\.groups: /,
  ],
  [
    "a key of the document that there is not",
    { document: { volume: [] } as object },
    TASK_FAILED,
    /^Cannot use TaskInfo\.data: "volume" is unknown$/,
  ],
  [
    "a port that was not offered",
    { network: "bridge", offeredPorts: [], parameters: flags("publish=8080:80") },
    TASK_FAILED,
    /^Port \[8080\] not included in resources \(DockerInfo\.parameters publish\)$/,
  ],
  [
    "a seccomp profile where the operator has none",
    { container: { linuxInfo: { seccomp: { profileName: "tight" } } } },
    TASK_ERROR,
    /^Cannot honour container\.linux_info\.seccomp\.profile_name "tight": .*seccomp_profiles/,
  ],
];

testOnDocker("fields that cannot be honoured are named", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const executorId = "shared";
  refused.forEach(([, task], index) => void cluster.launch(`task-${index}`, { ...task, executorId }));
  for (const [index, [what, , state, message]] of refused.entries()) {
    const end = await cluster.book.end(`task-${index}`);
    assert.match(end.message, message, what);
    assert.deepEqual([end.state, end.reason], [state, TaskStatus_Reason.TASK_INVALID], what);
  }
  assert.deepEqual(await cluster.containers(), []);
});

testOnDocker("what only the host or the daemon lacks is named too", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const image = { type: Image_Type.DOCKER, docker: { name: bench.image }, cached: true };
  cluster.launch("gpus", { resources: { gpus: 1 } });
  const gpus = await cluster.book.end("gpus");
  assert.match(gpus.message, /^Cannot honour resources\.gpus: .*could not select device driver/);
  assert.equal(gpus.reason, TaskStatus_Reason.CONTAINER_LAUNCH_FAILED);
  cluster.launch("image", mounted({ image }));
  const { apiVersion } = await bench.engine.version();
  const { message } = await cluster.book.end("image");
  if (Number(apiVersion.split(".")[1]) >= 48) assert.equal(message, "Container exited with status 0");
  else assert.match(message, /Mounts.*image.*1\.48/);
});

testOnDocker("resources of the operator's own are no business of the container's", async (bench) => {
  await using cluster = await openTestCluster(bench);
  cluster.launch("task", { resources: { custom: { licences: 2 } } });
  assert.equal((await cluster.book.end("task")).state, TaskState.TASK_FINISHED);
});
