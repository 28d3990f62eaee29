import assert from "node:assert/strict";
import { test } from "node:test";
import { stripDockerUrl } from "../../../../src/executor/translation/carriers/docker_url.ts";

const urls: { url: string; image: string | undefined }[] = [
  { url: "docker:///busybox", image: "busybox" },
  { url: "docker:///a/b:1", image: "a/b:1" },
  { url: "docker:///reg.example:5000/a/b@sha256:00", image: "reg.example:5000/a/b@sha256:00" },
  { url: "docker://reg.example:5000/a/b", image: "reg.example:5000/a/b" },
  { url: "docker://localhost/a", image: "localhost/a" },
  // A registry without an image is none, and an image without a registry has the third slash.
  { url: "docker://busybox", image: undefined },
  { url: "docker://reg.example/", image: undefined },
  { url: "docker:///", image: undefined },
  { url: "docker:////a", image: undefined },
  { url: "docker:///a b", image: undefined },
  { url: " docker:///a", image: undefined },
  { url: "docker:busybox", image: undefined },
  { url: "https:///a", image: undefined },
  { url: "busybox", image: undefined },
  { url: "", image: undefined },
];

for (const { url, image } of urls) {
  test(`stripDockerUrl() takes ${image ?? "nothing"} from "${url}"`, () => {
    assert.equal(stripDockerUrl(url), image);
  });
}
