import { type FaultRow, type Row, testFaults, testRows } from "../drafted.ts";

const bind = { Type: "bind", Source: "/a", Target: "/b" };

const mounts: readonly (readonly [value: string, mount: object])[] = [
  ["target=/b", { Type: "volume", Target: "/b" }],
  ["type=bind,source=/a,target=/b", bind],
  ["type=bind,src=/a,dst=/b,readonly", { ...bind, ReadOnly: true }],
  ["type=bind,src=/a,destination=/b,ro=false", { ...bind, ReadOnly: false }],
  ["type=bind,src=/a,dst=/b,consistency=cached", { ...bind, Consistency: "cached" }],
  ["type=bind,src=/a,dst=/b,bind-propagation=rslave", { ...bind, BindOptions: { Propagation: "rslave" } }],
  ["type=bind,src=/a,dst=/b,bind-nonrecursive", { ...bind, BindOptions: { NonRecursive: true } }],
  ["type=bind,src=/a,dst=/b,bind-recursive=enabled", bind],
  ["type=bind,src=/a,dst=/b,bind-recursive=disabled", { ...bind, BindOptions: { NonRecursive: true } }],
  [
    "type=bind,src=/a,dst=/b,bind-recursive=writable,ro",
    { ...bind, ReadOnly: true, BindOptions: { ReadOnlyNonRecursive: true } },
  ],
  [
    "type=bind,src=/a,dst=/b,ro,bind-recursive=readonly,bind-propagation=rprivate",
    { ...bind, ReadOnly: true, BindOptions: { Propagation: "rprivate", ReadOnlyForceRecursive: true } },
  ],
  ["type=bind,src=/a,dst=/b,bind-create-src", { ...bind, BindOptions: { CreateMountpoint: true } }],
  [
    'src=v,dst=/b,volume-nocopy,volume-driver=d,"volume-opt=o=a,b",volume-opt=x,volume-label=l=1,volume-label=m,volume-subpath=s',
    {
      Type: "volume",
      Source: "v",
      Target: "/b",
      VolumeOptions: {
        NoCopy: true,
        Labels: { l: "1", m: "" },
        Subpath: "s",
        DriverConfig: { Name: "d", Options: { o: "a,b", x: "" } },
      },
    },
  ],
  [
    "type=image,src=busybox,dst=/b,image-subpath=bin",
    { Type: "image", Source: "busybox", Target: "/b", ImageOptions: { Subpath: "bin" } },
  ],
  [
    "type=TMPFS,dst=/b,tmpfs-size=1m,tmpfs-mode=0700",
    { Type: "tmpfs", Target: "/b", TmpfsOptions: { SizeBytes: 1_048_576, Mode: 0o700 } },
  ],
];

testRows(mounts.map(([value, mount]): Row => [["mount", value], { Mounts: [mount] }]));

const faults: readonly (readonly [value: string, fault: string])[] = [
  ["", "has no name before the equals sign"],
  ["type=bind,src=/a", 'has no option "target"'],
  ["type=bind,dst=/b", "needs an absolute source for a bind"],
  ["type=bind,src=a,dst=/b", "needs an absolute source for a bind"],
  ["type=image,dst=/b", "needs a source for an image"],
  ["type=tmpfs,src=x,dst=/b", "has a source for a tmpfs"],
  ["type=npipe,src=x,dst=/b", 'option "type" is "npipe", expected one of bind, volume, tmpfs, image, cluster'],
  ["dst=b", 'option "dst" is "b", expected an absolute path'],
  ["dst=/b,size=1", 'has the unknown option "size"'],
  ["dst=/b,volume-driver", 'has option "volume-driver" without a value'],
  ["dst=/b,ro=maybe", 'option "ro" is "maybe", expected true or false'],
  ["dst=/b,tmpfs-size=1m", "has options of tmpfs for a mount of type volume"],
  ["type=tmpfs,dst=/b,tmpfs-size=big", 'option "tmpfs-size" is "big", expected a size such as 256m'],
  ["type=tmpfs,dst=/b,tmpfs-mode=rwx", 'option "tmpfs-mode" is "rwx", expected a mode in octal digits such as 0700'],
  ["type=bind,src=/a,dst=/b,bind-recursive=readonly", "has bind-recursive=readonly without readonly"],
  ["type=bind,src=/a,dst=/b,bind-recursive=writable,ro=false", "has bind-recursive=writable without readonly"],
  [
    "type=bind,src=/a,dst=/b,ro,bind-recursive=readonly",
    "has bind-recursive=readonly without bind-propagation=rprivate",
  ],
  [
    "type=bind,src=/a,dst=/b,bind-recursive=deep",
    'option "bind-recursive" is "deep", expected one of enabled, disabled, writable, readonly',
  ],
  [
    "type=bind,src=/a,dst=/b,bind-propagation=all",
    'option "bind-propagation" is "all", expected private, shared, slave, or these with an r before',
  ],
  ["dst=/b,consistency=eventual", 'option "consistency" is "eventual", expected consistent, cached or delegated'],
  ['dst=/b,src="v', "is no list of fields between commas, with quotes around whole fields"],
];

testFaults(faults.map(([value, fault]): FaultRow => [["mount", value], `"mount" ${fault}`]));
