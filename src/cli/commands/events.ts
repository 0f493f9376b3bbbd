import type { Command } from "../command.ts";
import { CONNECTION_OPTIONS } from "../connection/options.ts";
import { ExitCode } from "../exit-code.ts";
import { type OptionSpecs, type OptionValues, parseOptions } from "../options.ts";

const OPTIONS = {
  since: {
    type: "string",
    value: "time",
    help: "Begin there: 15m, 2h or 7d ago, or a time such as 2026-07-10T12:00:00Z.\nDefault: the ten seconds before the last event",
  },
  type: {
    type: "string",
    multiple: true,
    value: "type",
    help: "Only these, such as user.human.added; can be repeated",
  },
  aggregate: {
    type: "string",
    multiple: true,
    value: "type",
    help: "Only events of these objects, such as user or org; can be repeated",
  },
  organization: { type: "string", value: "id", help: "Only events of objects of this organization" },
  editor: { type: "string", value: "user id", help: "Only what this user did" },
  follow: { type: "boolean", standard: true, help: "End when all that was there is shown" },
  json: { type: "boolean", help: "Print each event as a line of JSON, with what it changed" },
  ...CONNECTION_OPTIONS,
} as const satisfies OptionSpecs;

/** What `events` is given. */
export type EventsValues = OptionValues<typeof OPTIONS>;

/** `zitadel-connect events` */
export const events: Command = {
  description:
    "Goes on until it is interrupted, over restarts of the server, and loses and repeats nothing. Needs the permission events.read, as IAM_OWNER_VIEWER has it.",
  options: OPTIONS,
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
    const values = parseOptions(OPTIONS, args);
    const { showEvents } = await import("../show-events.ts");
    await showEvents(values, terminal);
    return ExitCode.ok;
  },
};
