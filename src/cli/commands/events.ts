import type { Command } from "../command.ts";
import { parseOptions } from "../command-line.ts";
import { EVENTS_OPTIONS } from "../events/events-options.ts";
import { ExitCode } from "../exit-code.ts";

/** `zitadel-connect events` */
export const events: Command = {
  description:
    "Runs until interrupted, survives server restarts, and neither loses nor repeats events. Needs the permission events.read, which IAM_OWNER_VIEWER has.",
  options: EVENTS_OPTIONS,
  examples: [
    { line: "zitadel-connect events", help: "Like tail -f" },
    {
      line: "zitadel-connect events --since 1h --type user.human.added --no-follow",
      help: "Who has registered in the last hour",
    },
    {
      line: "zitadel-connect events --aggregate user --json | jq -c '[.type.type, .aggregate.id]'",
      help: "For programs",
    },
  ],
  async run(args, terminal) {
    const values = parseOptions(EVENTS_OPTIONS, args);
    const { showEvents } = await import("../events/show-events.ts");
    await showEvents(values, terminal);
    return ExitCode.ok;
  },
};
