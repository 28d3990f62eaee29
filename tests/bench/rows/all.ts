import type { Row } from "../row.ts";
import { firstLaunchRow } from "./first_launch.ts";
import { launchRow } from "./launch.ts";
import { memoryRow } from "./memory.ts";
import { startRow } from "./start.ts";

/** Every row, in the order of the table. */
export const allRows: readonly Row[] = [launchRow, firstLaunchRow, startRow, memoryRow];
