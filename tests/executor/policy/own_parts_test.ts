import assert from "node:assert/strict";
import { test } from "node:test";
import { deniedBy, policyOf, wantedOf } from "./policy_specimen.ts";

const paths = { paths: ["/sandbox"], securityOptions: [] };
const joined = { NetworkMode: "container:c1", IpcMode: "container:c1", PidMode: "container:c1" };

test("namespaces of the container that the executor has a task join are nobody else's", () => {
  const policy = policyOf("host_namespaces: deny");
  assert.deepEqual(deniedBy(policy, wantedOf(joined, { own: { ...paths, container: "c1" } })), []);
});

test("namespaces of any other container are, and of that one when no executor says so", () => {
  const policy = policyOf("host_namespaces: deny");
  const denied = ['PidMode "container:c1"', 'IpcMode "container:c1"', 'NetworkMode "container:c1"'].map(
    (what) => `${what} (rule "host_namespaces: deny")`,
  );
  assert.deepEqual(deniedBy(policy, wantedOf(joined, { own: { ...paths, container: "c2" } })), denied);
  assert.deepEqual(deniedBy(policy, wantedOf(joined)), denied);
});

test("an image that the executor makes itself comes from no registry", () => {
  const policy = policyOf("registries: deny");
  const wanted = wantedOf({}, { image: "ours:1", own: { ...paths, image: "ours:1" } });
  const request = { body: { ...wanted.request.body, Image: "ours:1" } };
  assert.deepEqual(deniedBy(policy, { ...wanted, request }), []);
  assert.equal(deniedBy(policy, { ...wanted, request, own: paths }).length, 1);
});
