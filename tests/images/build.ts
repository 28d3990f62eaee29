// bun tests/images/build.ts    sees to it that the Docker daemon has the test images, and says what it did for that.
import process from "node:process";
import { openEngine, parseEngineAddress } from "../../src/docker/mod.ts";
import type { LogFields } from "../../src/runtime/log.ts";
import { ensureImages } from "./ensure.ts";

const say = (message: string, fields: LogFields = {}) => {
  process.stdout.write(`${[message, ...Object.values(fields)].join(": ")}\n`);
};

const { DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH } = process.env;
const address = parseEngineAddress(DOCKER_HOST, { verify: DOCKER_TLS_VERIFY, certPath: DOCKER_CERT_PATH });
await using engine = openEngine(address);
const images = await ensureImages(engine, { log: { debug: () => undefined, info: say, warn: say, error: say } });
for (const name of Object.values(images)) say("The daemon has", { image: name });
