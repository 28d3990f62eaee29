// Clients of registries that this machine may not have: `npm run test:clients` brings them, and runs these tests.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { openRegistryClient } from "../../registry/client/open_registry_client.ts";
import { pullLikeUcr } from "../registry/schema2/ucr_puller.ts";
import { testOnDocker } from "./cases.ts";
import { runCommand } from "./command.ts";
import { openStoreFolder, pushFromDaemon, serveRegistry } from "./served_registry.ts";

/** A registry that a daemon has pushed `team/busybox:v1` to, and a folder for the client. */
interface Place {
  readonly host: string;
  readonly folder: string;
  /** Digest of the image. */
  readonly digest: string;
}

function testClient(client: string, title: string, run: (place: Place) => Promise<void>): void {
  const runAtPlace = async ({ engine, image, binary }: Parameters<Parameters<typeof testOnDocker>[1]>[0]) => {
    await using folder = await openStoreFolder();
    await using registry = await serveRegistry(binary, ["--store", join(folder.path, "store")]);
    const reference = `${registry.host}/team/busybox:v1`;
    await engine.tagImage(image, reference);
    let digest: string;
    try {
      digest = await pushFromDaemon(reference);
    } finally {
      await engine.removeImage(reference);
    }
    await run({ host: registry.host, folder: folder.path, digest });
  };
  testOnDocker(`${client} ${title}`, runAtPlace, { client });
}

async function output(words: readonly string[], options: Parameters<typeof runCommand>[1] = {}): Promise<string> {
  const { end, stdout, stderr } = await runCommand(words, options);
  assert.equal(end, 0, `${words.join(" ")}\n${stderr}`);
  return stdout.trim();
}

testClient("crane", "copies, pulls, pushes, tags, lists, validates and deletes", async ({ host, folder, digest }) => {
  const crane = (...words: string[]) => output(["crane", ...words]);
  const [team, other] = [`${host}/team/busybox`, `${host}/other/busybox`];
  assert.equal(await crane("digest", `${team}:v1`), digest);
  await crane("copy", `${team}:v1`, `${other}:v2`);
  await crane("validate", "--remote", `${other}:v2`);
  for (const format of ["tarball", "oci"]) {
    await crane("pull", "--format", format, `${team}:v1`, join(folder, format));
    await crane("push", join(folder, format), `${other}:${format}`);
    await crane("validate", "--remote", `${other}:${format}`);
  }
  await crane("tag", `${other}:v2`, "v3");
  await crane("index", "append", "-t", `${other}:index`, "-m", `${other}:v2`, "-m", `${other}:tarball`);
  assert.deepEqual((await crane("ls", other)).split("\n").sort(), ["index", "oci", "tarball", "v2", "v3"]);
  assert.deepEqual((await crane("catalog", host)).split("\n"), ["other/busybox", "team/busybox"]);
  await crane("mutate", "-t", `${other}:changed`, "--label", "a=b", `${other}:v2`);
  await crane("delete", `${other}@${await crane("digest", `${other}:changed`)}`);
  assert.ok(!(await crane("ls", other)).includes("changed"));
  assert.ok((await pullLikeUcr(host, "other/busybox", "index")).layers.length > 0);
});

testClient("oras", "pushes, attaches, discovers, copies, tags and deletes artifacts", async ({ host, folder }) => {
  const oras = (command: string, ...words: string[]) => {
    const plain = command === "cp" ? ["--from-plain-http", "--to-plain-http"] : ["--plain-http"];
    return output(["oras", ...command.split(" "), ...plain, ...words], { cwd: folder, env: { HOME: folder } });
  };
  await writeFile(join(folder, "a.txt"), "what is in it\n");
  await writeFile(join(folder, "signature.json"), "{}");
  const [art, copied] = [`${host}/art/a:v1`, `${host}/art/b`];
  await oras("push", art, "--artifact-type", "application/vnd.example", "a.txt:text/plain");
  await oras("attach", art, "--artifact-type", "application/vnd.example.signature", "signature.json:application/json");
  await oras("pull", art, "-o", join(folder, "pulled"));
  assert.equal(await output(["cat", join(folder, "pulled", "a.txt")]), "what is in it");
  await oras("cp", "-r", art, `${copied}:v2`);
  assert.equal(await oras("resolve", `${copied}:v2`), await oras("resolve", art));
  assert.match(await oras("discover", `${copied}:v2`), /application\/vnd\.example\.signature/);
  await oras("tag", `${copied}:v2`, "v3", "v4");
  assert.deepEqual((await oras("repo tags", copied)).split("\n"), ["v2", "v3", "v4"]);
  assert.deepEqual((await oras("repo ls", host)).split("\n"), ["art/a", "art/b", "team/busybox"]);
  await oras("manifest delete", "-f", `${copied}:v4`);
  using registry = openRegistryClient(host);
  await assert.rejects(registry.statManifest("art/b", "v2"), { code: "MANIFEST_UNKNOWN" });
});

/** podman and buildah with everything of theirs in a folder. */
async function openContainers(folder: string) {
  const home = join(folder, "home");
  const settings = join(home, ".config", "containers");
  await mkdir(settings, { recursive: true });
  await writeFile(join(settings, "policy.json"), '{"default":[{"type":"insecureAcceptAnything"}]}');
  const [conmon, crun] = await Promise.all(
    ["conmon", "crun"].map((name) => output(["sh", "-c", `command -v ${name}`])),
  );
  const engine = [
    "[engine]",
    `conmon_path = ["${conmon}"]`,
    `helper_binaries_dir = ["${dirname(conmon ?? "")}"]`,
    'runtime = "crun"',
    "[engine.runtimes]",
    `crun = ["${crun}"]`,
  ];
  const conf = join(settings, "containers.conf");
  await writeFile(conf, engine.map((line) => `${line}\n`).join(""));
  const env = { HOME: home, CONTAINERS_CONF: conf, PODMAN_IGNORE_CGROUPSV1_WARNING: "1" };
  const place = ["--root", join(folder, "root"), "--runroot", join(folder, "run"), "--storage-driver", "vfs"];
  return (program: string, ...words: string[]) => output([program, ...place, ...words], { env });
}

testClient("podman", "pulls, pushes gzip, zstd and lists, and searches", async ({ host, folder }) => {
  const containers = await openContainers(folder);
  const podman = (...words: string[]) => containers("podman", ...words);
  const [from, to] = [`${host}/team/busybox:v1`, `${host}/podman/busybox`];
  const insecure = ["-q", "--tls-verify=false"];
  const id = await podman("pull", ...insecure, from);
  await podman("push", ...insecure, from, `${to}:v1`);
  for (const packing of ["gzip", "zstd", "zstd:chunked"]) {
    const tag = packing.replace(":", "-");
    await podman("push", ...insecure, "--format", "oci", "--compression-format", packing, from, `${to}:${tag}`);
  }
  await podman("manifest", "create", "list");
  await podman("manifest", "add", "--tls-verify=false", "list", `docker://${to}:v1`);
  await podman("manifest", "push", ...insecure, "--all", "list", `docker://${to}:list`);
  assert.match(await podman("search", "--tls-verify=false", `${host}/`), /podman\/busybox/);
  await podman("rmi", "-fa");
  for (const tag of ["v1", "list"]) assert.equal(await podman("pull", ...insecure, `${to}:${tag}`), id);
  for (const tag of ["zstd", "zstd-chunked"]) {
    await podman("pull", ...insecure, `${to}:${tag}`);
    assert.ok((await pullLikeUcr(host, "podman/busybox", tag)).layers.length > 0, "also as schema 2");
  }
});

testClient("buildah", "builds on an image of the registry and pushes what comes of it", async ({ host, folder }) => {
  const containers = await openContainers(folder);
  const buildah = (...words: string[]) => containers("buildah", ...words);
  const container = await buildah("from", "-q", "--tls-verify=false", `${host}/team/busybox:v1`);
  await buildah("config", "--label", "built=here", container);
  await buildah("commit", "-q", "--tls-verify=false", container, `docker://${host}/buildah/app:v1`);
  await buildah("rm", container);
  const image = await buildah("pull", "-q", "--tls-verify=false", `${host}/buildah/app:v1`);
  assert.match(await buildah("inspect", "--type", "image", image), /"built": "here"/);
});

testClient("skopeo", "inspects, copies and synchronizes", async ({ host, folder, digest }) => {
  const skopeo = (...words: string[]) => output(["skopeo", "--insecure-policy", ...words]);
  const [source, insecure] = [
    `docker://${host}/team/busybox:v1`,
    ["--src-tls-verify=false", "--dest-tls-verify=false"],
  ];
  assert.equal(JSON.parse(await skopeo("inspect", "--tls-verify=false", source)).Digest, digest);
  await skopeo("copy", ...insecure, "--preserve-digests", source, `docker://${host}/other/busybox:v1`);
  await skopeo("sync", ...insecure, "--src", "docker", "--dest", "dir", `${host}/team/busybox`, join(folder, "synced"));
  await skopeo("sync", ...insecure, "--src", "dir", "--dest", "docker", join(folder, "synced"), `${host}/synced`);
  using registry = openRegistryClient(host);
  for (const name of ["other/busybox", "synced/busybox"]) {
    assert.equal((await registry.statManifest(name, "v1")).digest, digest);
  }
});
