import { testFaults, testRows } from "../drafted.ts";

const mac = "92:d0:c6:0a:29:33";

testRows([
  [["network", "host"], { networkMode: "host" }],
  [["net", "mynet"], { networkMode: "mynet" }],
  [["network", "default"], {}],
  [["network", "container:db"], { networkMode: "container:db" }],
  [["network", "name=mynet"], { networkMode: "mynet" }],
  [
    [
      "network",
      `name=mynet,alias=a,alias=b,ip=10.0.0.2,ip6=fd00::2,mac-address=${mac},link-local-ip=169.254.1.1,` +
        "driver-opt=k=v,driver-opt=a=b=c,gw-priority=3",
    ],
    {
      networkMode: "mynet",
      MacAddress: mac,
      endpoints: {
        mynet: {
          Aliases: ["a", "b"],
          IPAMConfig: { IPv4Address: "10.0.0.2", IPv6Address: "fd00::2", LinkLocalIPs: ["169.254.1.1"] },
          MacAddress: mac,
          DriverOpts: { k: "v", a: "b=c" },
          GwPriority: 3,
        },
      },
    },
  ],
  [
    [
      ["network", "first"],
      ["network", "name=second,alias=s"],
    ],
    { networkMode: "first", endpoints: { first: {}, second: { Aliases: ["s"] } } },
  ],
  [
    [
      ["network-alias", "early"],
      ["net-alias", "old"],
      ["ip", "10.0.0.2"],
      ["ip6", "fd00::2"],
      ["link-local-ip", "169.254.1.1"],
      ["link-local-ip", "169.254.1.2"],
      ["mac-address", mac],
      ["net", "mynet"],
    ],
    {
      networkMode: "mynet",
      MacAddress: mac,
      endpoints: {
        mynet: {
          Aliases: ["early", "old"],
          IPAMConfig: {
            IPv4Address: "10.0.0.2",
            IPv6Address: "fd00::2",
            LinkLocalIPs: ["169.254.1.1", "169.254.1.2"],
          },
          MacAddress: mac,
        },
      },
    },
  ],
  [["mac-address", mac], { MacAddress: mac, endpoints: { bridge: { MacAddress: mac } } }],
  [["link", "db:database"], { Links: ["db:database"] }],
  [
    [
      ["link", "db"],
      ["network", "mynet"],
    ],
    { networkMode: "mynet", Links: ["db"], endpoints: { mynet: { Links: ["db"] } } },
  ],
  [["add-host", "db:10.0.0.1"], { ExtraHosts: ["db:10.0.0.1"] }],
  [["add-host", "db=10.0.0.1"], { ExtraHosts: ["db:10.0.0.1"] }],
  [["add-host", "db:[::1]"], { ExtraHosts: ["db:::1"] }],
  [["add-host", "db:::1"], { ExtraHosts: ["db:::1"] }],
  [["add-host", "me:host-gateway"], { ExtraHosts: ["me:host-gateway"] }],
  [["dns", "8.8.8.8"], { Dns: ["8.8.8.8"] }],
  [["dns-option", "ndots:1"], { DnsOptions: ["ndots:1"] }],
  [["dns-opt", "rotate"], { DnsOptions: ["rotate"] }],
  [["dns-search", "example.org"], { DnsSearch: ["example.org"] }],
  [["dns-search", "."], { DnsSearch: ["."] }],
]);

const userOnly = "needs a network of the user's own, and the container is in network";
const macOnly = "needs the bridge or a network of the user's own, and the container is in network";

testFaults([
  [["network", ""], '"network" is empty'],
  [["network", "name="], '"network" is empty'],
  [["network", "container:"], '"network" is "container:", expected container:NAME'],
  [["network", "alias=a"], '"network" has no option "name"'],
  [["network", "name=a,color=red"], '"network" has the unknown option "color"'],
  [["network", "name=a,ip=ten"], '"network" option "ip" is "ten", expected an IPv4 address'],
  [["network", "name=a,ip6=10.0.0.1"], '"network" option "ip6" is "10.0.0.1", expected an IPv6 address'],
  [["network", "name=a,driver-opt=k"], '"network" option "driver-opt" is "k", expected an option such as key=value'],
  [
    ["network", "name=a,gw-priority=x"],
    '"network" option "gw-priority" is "x", expected a whole number of -9007199254740991 or more',
  ],
  [["ip", "10.0.0"], '"ip" is "10.0.0", expected an IPv4 address'],
  [["ip6", "10.0.0.1"], '"ip6" is "10.0.0.1", expected an IPv6 address'],
  [["link-local-ip", "x"], '"link-local-ip" is "x", expected an IP address'],
  [["mac-address", "92:d0"], '"mac-address" is "92:d0", expected an address such as 92:d0:c6:0a:29:33'],
  [["network-alias", ""], '"network-alias" is empty'],
  [["link", "a:b:c"], '"link" is "a:b:c", expected a link such as container:alias'],
  [["add-host", "db"], '"add-host" is "db", expected a host and its address such as db:10.0.0.1'],
  [["add-host", "db:ten"], '"add-host" is "db:ten", expected a host and its address such as db:10.0.0.1'],
  [["dns", "dns.example"], '"dns" is "dns.example", expected an IP address'],
  [["dns-opt", ""], '"dns-opt" is empty'],
  [["dns-search", ""], '"dns-search" is empty'],
  [["ip", "10.0.0.2"], `"ip" ${userOnly} "bridge"`],
  [
    [
      ["ip6", "fd00::2"],
      ["link-local-ip", "169.254.1.1"],
      ["network-alias", "a"],
      ["mac-address", mac],
      ["net", "host"],
    ],
    `"ip6" ${userOnly} "host"; "link-local-ip" ${userOnly} "host"; "network-alias" ${userOnly} "host"; ` +
      `"mac-address" ${macOnly} "host"`,
  ],
  [
    ["network", `name=none,alias=a,ip=10.0.0.2,mac-address=${mac}`],
    `"network" option "alias" ${userOnly} "none"; "network" option "ip" ${userOnly} "none"; ` +
      `"network" option "mac-address" ${macOnly} "none"`,
  ],
  [
    [
      ["network", "name=a,alias=x,ip=10.0.0.2"],
      ["network-alias", "y"],
      ["ip", "10.0.0.3"],
      ["ip6", "fd00::2"],
    ],
    '"network-alias" says what "network" says as well, expected one of them; ' +
      '"ip" says what "network" says as well, expected one of them',
  ],
  [
    [
      ["network", "a"],
      ["network", "a"],
    ],
    '"network" names "a" twice',
  ],
  [
    [
      ["network", "a"],
      ["network", "host"],
    ],
    '"network" names "a", "host", but "host" excludes all others',
  ],
]);
