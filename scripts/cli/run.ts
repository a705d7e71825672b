/** Runs a commander program: arguments in, exit status out. */
import { type Command, CommanderError } from "commander";
import { UserError } from "./error.js";
import { printError } from "./output.js";

/** The exit statuses of every command. */
export const ExitStatus = {
  ok: 0,
  /** The input is wrong, or what was asked for failed. */
  failed: 1,
  /** The command line itself is wrong. */
  usage: 2,
} as const;

/**
 * Runs `program` with the arguments of this process and sets its exit status. Errors are printed
 * without a stack trace unless ARGOT_DEBUG is set.
 */
export async function runCommand(program: Command, argv = process.argv): Promise<void> {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // Whoever read has seen enough, as in `argot … | head`.
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
  for (const command of withSubcommands(program)) {
    command.exitOverride().showHelpAfterError("(--help shows what there is)");
  }
  try {
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = statusOf(error);
    if (error instanceof CommanderError) return; // commander has printed it
    printError(error);
    if (!(error instanceof UserError) && !process.env.ARGOT_DEBUG) {
      process.stderr.write("  This looks like a fault of Argot; ARGOT_DEBUG=1 shows where.\n");
    }
  }
}

function statusOf(error: unknown): number {
  if (!(error instanceof CommanderError)) return ExitStatus.failed;
  return error.exitCode === 0 ? ExitStatus.ok : ExitStatus.usage;
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}
