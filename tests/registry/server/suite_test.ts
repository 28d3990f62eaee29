// Every request of both conformance suites of OCI, row by row of contract I.2 and I.3, to servers of both stores (J 48).
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import type { Registry } from "../../../registry/registry.ts";
import { schema2 } from "../../../registry/schema2/schema2_registry.ts";
import { layoutFolder, openQuickly } from "../layout/layout_folder.ts";
import { allRows } from "./suite/all_rows.ts";
import { SuiteClient } from "./suite/suite_client.ts";
import { openTestServer } from "./test_server.ts";

/** Stores as they are served: with conversions for old clients in front. */
const stores: Readonly<Record<string, (resources: AsyncDisposableStack) => Promise<Registry>>> = {
  memory: async () => memoryRegistry(),
  layout: async (resources) => resources.use(await openQuickly(resources.use(await layoutFolder()).root)),
};

for (const [name, open] of Object.entries(stores)) {
  for (const [group, rows] of Object.entries(allRows)) {
    for (const [row, run] of Object.entries(rows)) {
      test(`a server of a ${name} registry answers as the suites expect: ${group}: ${row}`, async () => {
        await using resources = new AsyncDisposableStack();
        const store = await open(resources);
        const platform = { os: "linux", architecture: "amd64" };
        const server = resources.use(await openTestServer(resources.use(schema2(store, { store, platform }))));
        await run(new SuiteClient(server.host), "conformance/repo1");
      });
    }
  }
}
