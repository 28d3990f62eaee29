import assert from "node:assert/strict";
import { test } from "node:test";
import { applySaid, testFaults, testRows } from "../drafted.ts";

testRows([
  [["volume", "/data"], { Volumes: { "/data": {} } }],
  [["volume", "/srv:/data"], { Binds: ["/srv:/data"] }],
  [["volume", "/srv:/data:ro,rslave"], { Binds: ["/srv:/data:ro,rslave"] }],
  [["volume", "cache:/data:nocopy"], { Binds: ["cache:/data:nocopy"] }],
  [["volume", "name=v,size=10:/data"], { Binds: ["name=v,size=10:/data"] }],
  [["volume-driver", "rexray"], { VolumeDriver: "rexray" }],
  [["volumes-from", "other:ro"], { VolumesFrom: ["other:ro"] }],
  [["tmpfs", "/run"], { Tmpfs: { "/run": "" } }],
  [["tmpfs", "/run:rw,size=64m"], { Tmpfs: { "/run": "rw,size=64m" } }],
  [["storage-opt", "size=10G"], { StorageOpt: { size: "10G" } }],
]);

testFaults([
  [["volume", "data"], '"volume" is "data", expected an absolute path'],
  [["volume", "./a:/b"], '"volume" has the relative source "./a", expected an absolute path or a volume\'s name'],
  [["volume", "~/a:/b"], '"volume" has the relative source "~/a", expected an absolute path or a volume\'s name'],
  [["volume", ":/b"], '"volume" is ":/b", expected a source before the colon'],
  [["volume", "/a:b"], '"volume" is "b", expected an absolute path'],
  [["volume", "/a:/b:ro:z"], '"volume" is "/a:/b:ro:z", expected source:target:options'],
  [
    ["volume", "/a:/b:ro,fast"],
    '"volume" is "fast", expected options of rw, ro, z, Z, nocopy, shared, rshared, slave, rslave, private, rprivate, ' +
      "consistent, cached, delegated",
  ],
  [["volumes-from", ""], '"volumes-from" is empty'],
  [["tmpfs", "run"], '"tmpfs" is "run", expected an absolute path'],
  [["storage-opt", "size"], '"storage-opt" is "size", expected an option such as size=10G'],
]);

test("applyParameters() adds a volume to those that the task has", () => {
  const { draft } = applySaid([["volume", "/a:/b"]], {
    prepare: ({ host }) => host.add("Binds", ["/x:/y"], "volumes"),
  });
  assert.deepEqual(draft.host.get("Binds"), ["/x:/y", "/a:/b"]);
  assert.equal(draft.host.sourceOf("Binds"), "volumes, DockerInfo.parameters volume");
});
