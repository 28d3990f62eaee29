import process from "node:process";
import { openLayoutRegistry } from "../../../registry/layout/layout_registry.ts";
import { pushImage } from "../conformance/specimens.ts";

/** Pushes images until it is killed, and says on stdout which are stored. */
const [, , root = ""] = process.argv;
const registry = await openLayoutRegistry(root);
for (let at = 0; ; at += 1) {
  const { descriptor } = await pushImage(registry, `app-${at % 3}`, [`v${at}`, "latest"]);
  process.stdout.write(`v${at} ${descriptor.digest}\n`);
}
