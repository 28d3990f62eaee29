import { testFaults, testRows } from "../drafted.ts";

testRows([
  [["health-cmd", "curl -f localhost"], { Healthcheck: { Test: ["CMD-SHELL", "curl -f localhost"] } }],
  [["health-cmd", ""], { Healthcheck: {} }],
  [["health-interval", "1m30s"], { Healthcheck: { Interval: 90e9 } }],
  [["health-timeout", "500ms"], { Healthcheck: { Timeout: 500e6 } }],
  [["health-start-period", "0"], { Healthcheck: { StartPeriod: 0 } }],
  [["health-start-interval", "2s"], { Healthcheck: { StartInterval: 2e9 } }],
  [["health-retries", "3"], { Healthcheck: { Retries: 3 } }],
  [
    [
      ["health-retries", "3"],
      ["health-cmd", "true"],
    ],
    { Healthcheck: { Retries: 3, Test: ["CMD-SHELL", "true"] } },
  ],
  [["no-healthcheck", ""], { Healthcheck: { Test: ["NONE"] } }],
  [["no-healthcheck", "false"], {}],
  [
    [
      ["no-healthcheck", "false"],
      ["health-retries", "3"],
    ],
    { Healthcheck: { Retries: 3 } },
  ],
]);

testFaults([
  [["health-interval", "10"], '"health-interval" is "10", expected a duration such as 1m30s'],
  [["health-timeout", "-1s"], '"health-timeout" is "-1s", expected a duration such as 1m30s'],
  [["health-start-period", "soon"], '"health-start-period" is "soon", expected a duration such as 1m30s'],
  [["health-start-interval", ""], '"health-start-interval" is "", expected a duration such as 1m30s'],
  [["health-retries", "-1"], '"health-retries" is "-1", expected a whole number of 0 or more'],
  [
    [
      ["no-healthcheck", "true"],
      ["health-retries", "3"],
    ],
    '"health-retries" contradicts no-healthcheck',
  ],
  [
    [
      ["health-retries", "3"],
      ["no-healthcheck", "true"],
    ],
    '"no-healthcheck" contradicts health-retries',
  ],
]);
