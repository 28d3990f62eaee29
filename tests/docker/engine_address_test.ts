import assert from "node:assert/strict";
import { test } from "node:test";
import {
  defaultEngineAddress,
  type EngineAddress,
  type EngineTlsSettings,
  formatEngineAddress,
  parseEngineAddress,
} from "../../src/docker/engine_address.ts";

const certificates: EngineTlsSettings = { verify: "1", certPath: "/certs" };

const good: [text: string | undefined, tls: EngineTlsSettings, address: EngineAddress, formatted: string][] = [
  [undefined, {}, defaultEngineAddress, "unix:///var/run/docker.sock"],
  ["", {}, defaultEngineAddress, "unix:///var/run/docker.sock"],
  ["unix://", {}, defaultEngineAddress, "unix:///var/run/docker.sock"],
  [
    "unix:///run/user/1000/docker.sock",
    {},
    { kind: "unix", path: "/run/user/1000/docker.sock" },
    "unix:///run/user/1000/docker.sock",
  ],
  ["/var/run/other.sock", {}, { kind: "unix", path: "/var/run/other.sock" }, "unix:///var/run/other.sock"],
  ["unix:///a.sock", certificates, { kind: "unix", path: "/a.sock" }, "unix:///a.sock"],
  ["tcp://10.0.0.1", {}, { kind: "tcp", host: "10.0.0.1", port: 2375 }, "tcp://10.0.0.1:2375"],
  ["tcp://docker:80/", {}, { kind: "tcp", host: "docker", port: 80 }, "tcp://docker:80"],
  ["TCP://docker:1", {}, { kind: "tcp", host: "docker", port: 1 }, "tcp://docker:1"],
  ["tcp://[::1]:2375", {}, { kind: "tcp", host: "::1", port: 2375 }, "tcp://[::1]:2375"],
  ["http://docker", {}, { kind: "tcp", host: "docker", port: 80 }, "tcp://docker:80"],
  ["https://docker", {}, { kind: "tcp", host: "docker", port: 443, tls: { check: "authority" } }, "https://docker:443"],
  [
    "tcp://docker",
    { verify: "1" },
    { kind: "tcp", host: "docker", port: 2376, tls: { check: "authority" } },
    "https://docker:2376",
  ],
  [
    "tcp://docker",
    certificates,
    { kind: "tcp", host: "docker", port: 2376, tls: { check: "authority", certPath: "/certs" } },
    "https://docker:2376",
  ],
  [
    "https://docker:1",
    { verify: "", certPath: "/certs" },
    { kind: "tcp", host: "docker", port: 1, tls: { check: "none", certPath: "/certs" } },
    "https://docker:1",
  ],
];

test("parseEngineAddress() reads what DOCKER_HOST may be, and formatEngineAddress() writes what it reads again", () => {
  for (const [text, tls, address, formatted] of good) {
    assert.deepEqual(parseEngineAddress(text, tls), address, `${text}`);
    assert.equal(formatEngineAddress(address), formatted);
    assert.deepEqual(parseEngineAddress(formatted, tls), address, formatted);
  }
});

const bad: [text: string, tls: EngineTlsSettings, message: string][] = [
  ["npipe:////./pipe/docker_engine", {}, "npipe:// is of Windows and is not supported: use unix:// or tcp://"],
  ["ssh://host", {}, "ssh:// is not supported: use unix://, or tcp:// with TLS"],
  ["docker:2375", {}, "it must begin with unix://, tcp://, http:// or https://"],
  ["fd://", {}, "it must begin with unix://, tcp://, http:// or https://"],
  ["unix://docker.sock", {}, "the socket's path must be absolute"],
  [`unix:///${"ü".repeat(54)}`, {}, "the path has 109 bytes, a socket's path at most 107"],
  ["tcp://", {}, "the host is missing"],
  ["tcp://:2375", {}, "it must be host or host:port"],
  ["tcp://host:99999", {}, "it must be host or host:port"],
  ["tcp://a b", {}, "it must be host or host:port"],
  ["tcp://host/prefix", {}, "a path cannot be given here"],
  ["tcp://host?x=1", {}, "a path cannot be given here"],
  ["http://host", certificates, "http:// contradicts DOCKER_TLS_VERIFY and DOCKER_CERT_PATH: use tcp:// or https://"],
];

test("parseEngineAddress() refuses the rest and says why", () => {
  for (const [text, tls, message] of bad) {
    assert.throws(
      () => parseEngineAddress(text, tls),
      { name: "SyntaxError", message: `Cannot use Docker address "${text}": ${message}` },
      text,
    );
  }
});

test("parseEngineAddress() does not repeat a password", () => {
  for (const text of ["tcp://me:secret@host", "tcp://me:secret@host:99999", "ssh://me:secret@host"]) {
    assert.throws(
      () => parseEngineAddress(text),
      (error) => error instanceof SyntaxError && error.message.includes("//…@host") && error.cause === undefined,
    );
  }
});
