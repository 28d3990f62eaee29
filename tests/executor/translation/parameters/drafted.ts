import assert from "node:assert/strict";
import { test } from "node:test";
import { TaskError } from "../../../../src/executor/task/task_error.ts";
import { ContainerDraft } from "../../../../src/executor/translation/container_draft.ts";
import { applyParameters } from "../../../../src/executor/translation/parameters/apply.ts";
import type { Parameter } from "../../../../src/executor/translation/parameters/parameter.ts";

/** Where the parameters of these tests come from. */
export const source = "DockerInfo.parameters";

/** What parameters are applied to and with. */
export interface Setting {
  prepare?: (draft: ContainerDraft) => void;
  /** Files of the sandbox, by their paths. */
  files?: Readonly<Record<string, string>>;
  ignored?: readonly string[];
}

/** Key and value of a parameter. */
export type Said = readonly [key: string, value: string];

/** Applies parameters to a draft. */
export function applySaid(said: readonly Said[], setting: Setting = {}): { draft: ContainerDraft; warnings: string[] } {
  const parameters: Parameter[] = said.map(([key, value]) => ({ key, value, source }));
  return applyAll(parameters, setting);
}

/** As {@link applySaid}, for parameters of several sources. */
export function applyAll(
  parameters: readonly Parameter[],
  { prepare, files = {}, ignored = [] }: Setting = {},
): { draft: ContainerDraft; warnings: string[] } {
  const draft = new ContainerDraft();
  prepare?.(draft);
  const readSandboxFile = (path: string) => {
    const text = files[path];
    if (text === undefined) throw new TaskError("invalid", `Cannot read "${path}": it is not in the sandbox`);
    return text;
  };
  const warnings = applyParameters(parameters, draft, { readSandboxFile, ignored: new Set(ignored) });
  return { draft, warnings };
}

/** Everything that a draft says beyond a fresh one. */
export function fieldsOf(draft: ContainerDraft): Record<string, unknown> {
  const fresh = new ContainerDraft();
  const { host, config, environment, ports, endpoints, networkMode, publishExposed, pull, platform } = draft;
  const said: Record<string, unknown> = {
    ...host.fields,
    ...config.fields,
    env: Object.fromEntries(environment),
    ports: ports.map(({ source: _, ...port }) => port),
    endpoints: Object.fromEntries(endpoints),
  };
  const isSaid = (value: unknown) => typeof value !== "object" || value === null || Object.keys(value).length > 0;
  return {
    ...Object.fromEntries(
      Object.entries(said).filter(([key, value]) => !["env", "ports", "endpoints"].includes(key) || isSaid(value)),
    ),
    ...(networkMode === fresh.networkMode ? {} : { networkMode }),
    ...(publishExposed === fresh.publishExposed ? {} : { publishExposed }),
    ...(pull === fresh.pull ? {} : { pull }),
    ...(platform === fresh.platform ? {} : { platform }),
  };
}

/** One parameter, or several, and all that the draft says afterwards. */
export type Row = readonly [said: readonly Said[] | Said, fields: object, setting?: Setting];

/** A test for each row. */
export function testRows(rows: readonly Row[]): void {
  for (const [said, fields, setting] of rows) {
    const list = toList(said);
    test(`applyParameters() drafts ${toTitle(list, setting)}`, () => {
      assert.deepEqual(fieldsOf(applySaid(list, setting).draft), fields);
    });
  }
}

/** One parameter, or several, and the fault without its beginning. */
export type FaultRow = readonly [said: readonly Said[] | Said, fault: string, setting?: Setting];

/** A test for each value that cannot be used. */
export function testFaults(rows: readonly FaultRow[]): void {
  for (const [said, fault, setting] of rows) {
    const list = toList(said);
    test(`applyParameters() refuses ${toTitle(list, setting)}`, () => {
      assert.throws(
        () => applySaid(list, setting),
        (error) => {
          assert.ok(error instanceof TaskError);
          assert.equal(error.code, "invalid");
          assert.equal(error.message, `Cannot use parameters: ${fault}`);
          return true;
        },
      );
    });
  }
}

function toList(said: readonly Said[] | Said): readonly Said[] {
  return typeof said[0] === "string" ? [said as Said] : (said as readonly Said[]);
}

function toTitle(said: readonly Said[], setting: Setting = {}): string {
  const flags = said.map(([key, value]) => `${key} ${JSON.stringify(value)}`).join(", ");
  const files = setting.files ? ` with files ${JSON.stringify(setting.files)}` : "";
  return `${flags}${files}${setting.prepare ? " over what the task says" : ""}`;
}
