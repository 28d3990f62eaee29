import { testFaults, testRows } from "../drafted.ts";

testRows([
  [["cap-add", "NET_ADMIN"], { CapAdd: ["NET_ADMIN"] }],
  [["cap-add", "cap_sys_time"], { CapAdd: ["SYS_TIME"] }],
  [["cap-drop", "all"], { CapDrop: ["ALL"] }],
  [["cgroup-parent", "/tasks"], { CgroupParent: "/tasks" }],
  [["cgroupns", "private"], { CgroupnsMode: "private" }],
  [["group-add", "adm"], { GroupAdd: ["adm"] }],
  [["ipc", "shareable"], { IpcMode: "shareable" }],
  [["ipc", "container:db"], { IpcMode: "container:db" }],
  [["ipc", ""], { IpcMode: "" }],
  [["isolation", "default"], { Isolation: "default" }],
  [["isolation", ""], { Isolation: "default" }],
  [["pid", "host"], { PidMode: "host" }],
  [["pid", "container:db"], { PidMode: "container:db" }],
  [["privileged", "true"], { Privileged: true }],
  [["privileged", ""], { Privileged: true }],
  [["privileged", "f"], { Privileged: false }],
  [["runtime", "runsc"], { Runtime: "runsc" }],
  [["sysctl", "net.core.somaxconn=1024"], { Sysctls: { "net.core.somaxconn": "1024" } }],
  [["userns", "host"], { UsernsMode: "host" }],
  [["uts", "host"], { UTSMode: "host" }],
]);

testFaults([
  [["cap-add", "NET ADMIN"], '"cap-add" is "NET ADMIN", expected a capability such as NET_ADMIN'],
  [["cap-drop", ""], '"cap-drop" is "", expected a capability such as NET_ADMIN'],
  [["cgroupns", "shared"], '"cgroupns" is "shared", expected host or private'],
  [["group-add", ""], '"group-add" is empty'],
  [["ipc", "pod"], '"ipc" is "pod", expected none, private, shareable, host or container:NAME'],
  [["isolation", "hyperv"], '"isolation" is "hyperv", expected default, the only one on Linux'],
  [["pid", "container:"], '"pid" is "container:", expected host or container:NAME'],
  [
    ["sysctl", "net.core.somaxconn"],
    '"sysctl" is "net.core.somaxconn", expected a setting such as net.core.somaxconn=1024',
  ],
  [["userns", "keep-id"], '"userns" is "keep-id", expected host'],
  [["uts", "private"], '"uts" is "private", expected host'],
]);
