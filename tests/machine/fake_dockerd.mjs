#!/usr/bin/env node
// Stands in for dockerd in with_docker_test.mjs: answers /_ping and /info at --host. FAKE_DOCKERD=dies makes it end with
// a message, and FAKE_DOCKERD_STARTS names a file that gets one line for every start.
import { appendFileSync } from "node:fs";
import http from "node:http";
import process from "node:process";

const host = process.argv[process.argv.indexOf("--host") + 1];
if (process.env.FAKE_DOCKERD_STARTS) appendFileSync(process.env.FAKE_DOCKERD_STARTS, `${process.pid}\n`);
if (process.env.FAKE_DOCKERD === "dies") {
  process.stderr.write("failed to start daemon: no cgroups here\n");
  process.exit(1);
}

const server = http.createServer((request, response) => {
  response.end(
    request.url === "/_ping" ? "OK" : JSON.stringify({ Driver: process.env.FAKE_DOCKERD_DRIVER ?? "overlay2" }),
  );
});
server.listen(host.slice("unix://".length));
process.on("SIGTERM", () => {
  server.close();
  server.closeAllConnections();
});
