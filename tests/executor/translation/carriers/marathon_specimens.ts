// Apps as the Marathon of each era writes them into TaskInfo.data (contract D.4), every key included.

/** Marathon 0.2. */
export const app02 = {
  id: "echo",
  cmd: "busybox echo hi",
  env: { GREETING: "hi" },
  instances: 1,
  cpus: 0.1,
  mem: 32,
  executor: "/var/lib/mesos/executors/docker",
  constraints: [],
  uris: [],
  ports: [12345],
  taskRateLimit: 1,
};

/** Marathon 0.4, whose `container` is null unless it is used. */
export const app04 = { ...app02, tasks: [], container: { image: "docker:///a/b:1", options: null } };

/** Marathon 0.6. */
export const app06 = {
  ...app02,
  cmd: "-c run",
  disk: 0,
  healthChecks: [],
  container: { image: "docker:///a/b:1", options: ["-v", "/x:/y"] },
  version: "2014-06-01T10:00:00.000Z",
  upgradeStrategy: { minimumHealthCapacity: 1 },
  dependencies: [],
  taskRateLimit: 1.5,
};

/** Marathon 0.7 to 0.10. */
export const app08 = {
  id: "/web",
  cmd: "exec httpd -f | tee log",
  args: null,
  user: "deploy",
  env: { A: "1" },
  instances: 2,
  cpus: 0.5,
  mem: 64,
  disk: 0,
  executor: "/var/lib/mesos/executors/docker",
  constraints: [["hostname", "UNIQUE"]],
  uris: ["http://files.example/docker.tar.gz"],
  storeUrls: [],
  ports: [10000, 10001],
  requirePorts: false,
  backoffSeconds: 1,
  backoffFactor: 1.15,
  maxLaunchDelaySeconds: 3600,
  container: {
    type: "DOCKER",
    volumes: [
      { containerPath: "/data", hostPath: "/srv/data", mode: "RO" },
      { containerPath: "/tmp/own", hostPath: "own", mode: "RW" },
    ],
    docker: {
      image: "reg.example:5000/web:2",
      network: "BRIDGE",
      portMappings: [
        { containerPort: 80, hostPort: 31000, servicePort: 10000, protocol: "tcp" },
        { containerPort: 0, hostPort: 31001, servicePort: 10001, protocol: "udp" },
      ],
      privileged: true,
      parameters: [
        { key: "hostname", value: "web" },
        { key: "cap-add", value: "NET_ADMIN" },
      ],
    },
  },
  healthChecks: [],
  dependencies: [],
  upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 1 },
  labels: { team: "web" },
  version: "2015-06-01T10:00:00.000Z",
};

/** Marathon 0.11 to 1.1. */
export const app11 = {
  ...app08,
  cmd: null,
  args: ["httpd", "-f"],
  fetch: [{ uri: "http://files.example/docker.tar.gz", extract: true, executable: false, cache: false }],
  acceptedResourceRoles: null,
  ipAddress: null,
  versionInfo: { lastScalingAt: "2016-03-01T10:00:00.000Z", lastConfigChangeAt: "2016-03-01T10:00:00.000Z" },
  residency: null,
  readinessChecks: [],
  secrets: {},
  container: {
    type: "DOCKER",
    volumes: [],
    docker: {
      image: "web:2",
      network: "HOST",
      portMappings: null,
      privileged: false,
      parameters: [],
      forcePullImage: true,
    },
  },
};
