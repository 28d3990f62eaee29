import { testFaults, testRows } from "../drafted.ts";

const mapping = (path: string, target: string, mode: string) => ({
  Devices: [{ PathOnHost: path, PathInContainer: target, CgroupPermissions: mode }],
});
const gpu = (request: object) => ({ DeviceRequests: [{ Driver: "", Capabilities: [["gpu"]], ...request }] });

testRows([
  [["device", "/dev/fuse"], mapping("/dev/fuse", "/dev/fuse", "rwm")],
  [["device", "/dev/a:/dev/b"], mapping("/dev/a", "/dev/b", "rwm")],
  [["device", "/dev/a:r"], mapping("/dev/a", "/dev/a", "r")],
  [["device", "/dev/a:/dev/b:rw"], mapping("/dev/a", "/dev/b", "rw")],
  [
    [
      ["device", "vendor.com/class=first"],
      ["device", "vendor.com/class=second"],
    ],
    { DeviceRequests: [{ Driver: "cdi", DeviceIDs: ["vendor.com/class=first", "vendor.com/class=second"] }] },
  ],
  [["device-cgroup-rule", "c 1:3 rwm"], { DeviceCgroupRules: ["c 1:3 rwm"] }],
  [["device-cgroup-rule", "a *:* r"], { DeviceCgroupRules: ["a *:* r"] }],
  [["gpus", "all"], gpu({ Count: -1 })],
  [["gpus", "2"], gpu({ Count: 2 })],
  [["gpus", "count=2,driver=nvidia"], gpu({ Driver: "nvidia", Count: 2 })],
  [["gpus", "driver=nvidia"], gpu({ Driver: "nvidia", Count: 1 })],
  [["gpus", "device=0,1"], gpu({ DeviceIDs: ["0", "1"] })],
  [["gpus", '"device=0,1",capabilities=utility'], gpu({ DeviceIDs: ["0", "1"], Capabilities: [["utility", "gpu"]] })],
  [["gpus", 'count=all,"options=a=b,c=d"'], gpu({ Count: -1, Options: { a: "b", c: "d" } })],
]);

const expectedDevice = "expected a device such as /dev/x:/dev/y:rwm or vendor.com/class=name";

testFaults([
  [["device", "fuse"], `"device" is "fuse", ${expectedDevice}`],
  [["device", "/dev/a:/dev/b:x"], `"device" is "/dev/a:/dev/b:x", ${expectedDevice}`],
  [["device", ""], `"device" is "", ${expectedDevice}`],
  [["device-cgroup-rule", "c 1:3"], '"device-cgroup-rule" is "c 1:3", expected a rule such as c 1:3 rwm'],
  [["gpus", "some"], '"gpus" option "count" is "some", expected a whole number of -1 or more'],
  [["gpus", "1,2"], '"gpus" says option "count" twice'],
  [["gpus", "count=1,device=0"], '"gpus" has a count beside devices, expected one of them'],
  [["gpus", "memory=1g"], '"gpus" has option "memory", expected one of count, device, driver, capabilities, options'],
]);
