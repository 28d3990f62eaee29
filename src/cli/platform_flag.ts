import { InvalidArgumentError } from "commander";
import { type Platform, parsePlatform } from "../../registry/values/platform.ts";

/** `os/architecture[/variant]`, as a flag says it. */
export function parsePlatformFlag(text: string): Platform {
  try {
    return parsePlatform(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new InvalidArgumentError("Expected os/architecture[/variant], e.g. linux/arm64.");
  }
}

/** A flag that may be repeated. */
export function appendPlatform(text: string, before: readonly Platform[]): Platform[] {
  return [...before, parsePlatformFlag(text)];
}
