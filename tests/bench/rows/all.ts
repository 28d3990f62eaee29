import type { Row } from "../row.ts";
import { checksRow } from "./checks.ts";
import { crowdRow } from "./crowd.ts";
import { firstLaunchRow } from "./first_launch.ts";
import { imageLaunchRow } from "./image_launch.ts";
import { imagePullRow } from "./image_pull.ts";
import { imageWarmRow } from "./image_warm.ts";
import { killRow } from "./kill.ts";
import { launchRow } from "./launch.ts";
import { logsRow } from "./logs.ts";
import { manyRow } from "./many.ts";
import { memoryRow } from "./memory.ts";
import { registryCacheRow } from "./registry_cache.ts";
import { registryCopyRow } from "./registry_copy.ts";
import { registryMirrorRow } from "./registry_mirror.ts";
import { registryServeRow } from "./registry_serve.ts";
import { serialRow } from "./serial.ts";
import { startRow } from "./start.ts";

/** Every row, in the order of the table. */
export const allRows: readonly Row[] = [
  launchRow,
  firstLaunchRow,
  startRow,
  memoryRow,
  serialRow,
  crowdRow,
  logsRow,
  checksRow,
  killRow,
  manyRow,
  registryServeRow,
  registryCopyRow,
  registryMirrorRow,
  registryCacheRow,
  imagePullRow,
  imageWarmRow,
  imageLaunchRow,
];
