import { testFaults, testRows } from "../drafted.ts";

testRows([
  [["log-driver", "journald"], { LogConfig: { Type: "journald" } }],
  [["log-opt", "max-size=10m"], { LogConfig: { Type: "", Config: { "max-size": "10m" } } }],
  [["log-opt", "labels"], { LogConfig: { Type: "", Config: { labels: "" } } }],
  [
    [
      ["log-opt", "max-size=10m"],
      ["log-driver", "local"],
      ["log-opt", "max-file=3"],
    ],
    { LogConfig: { Type: "local", Config: { "max-size": "10m", "max-file": "3" } } },
  ],
]);

testFaults([
  [["log-opt", "=token"], '"log-opt" has no name before the equals sign'],
  [
    [
      ["log-driver", "none"],
      ["log-opt", "max-size=1m"],
    ],
    'DockerInfo.parameters log-opt has options, and log driver "none" takes none',
  ],
]);
