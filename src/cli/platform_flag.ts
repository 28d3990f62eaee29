import { InvalidArgumentError } from "commander";
import { formatPlatform, type Platform, parsePlatform } from "../../registry/values/platform.ts";

/** `os/architecture[/variant]`, as a flag says it. */
export function parsePlatformFlag(text: string): Platform {
  try {
    return parsePlatform(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new InvalidArgumentError("Expected os/architecture[/variant], e.g. linux/arm64.");
  }
}

/** The same, as the text that images are wanted by. */
export function parsePlatformText(text: string): string {
  return formatPlatform(parsePlatformFlag(text));
}
