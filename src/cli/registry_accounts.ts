import { type Command, Option } from "commander";
import type { CommandContext } from "./command_line.ts";
import { needFlags } from "./needed_flags.ts";

/** Flags of `registry login`, as the parser gives them. */
export interface LoginFlags {
  username?: string;
  passwordStdin?: true;
  /** Never taken: arguments are seen by every process. */
  password?: string | true;
  explain?: true;
  json?: true;
}

/** Adds `registry login` and `logout`; `end` is told the exit code. */
export function addAccounts(registry: Command, context: CommandContext, end: (exitCode: number) => void): void {
  const command = registry
    .command("login <place>")
    .description("keep a user and password for a registry, HOST[:PORT], or for what lies under a path of it, HOST/PATH")
    .option("-u, --username <name>", "user; asked for on a terminal")
    .option(
      "--password-stdin",
      "with --username: read the password from standard input; else it is asked for on a terminal",
    )
    .option(
      "--explain",
      "keep nothing: tell where credentials for HOST[/REPOSITORY] come from, and why not from elsewhere",
    )
    .option("--json", "with --explain, one JSON object a line")
    .addOption(new Option("-p, --password [text]").hideHelp())
    .action(async (place: string, flags: LoginFlags) => {
      const { login } = await import("./registry_login.ts");
      end(await login(place, flags, context));
    });
  needFlags(command, { json: "explain", passwordStdin: "username" });
  registry
    .command("logout <place>")
    .description("forget a login")
    .action(async (place: string) => {
      const { logout } = await import("./registry_login.ts");
      end(await logout(place, context));
    });
}
