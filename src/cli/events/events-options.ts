import type { OptionSpecs, OptionValues } from "../command-line.ts";
import { CONNECTION_OPTIONS } from "../connection/connection-options.ts";

/** Options of `events`. */
export const EVENTS_OPTIONS = {
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
export type EventsValues = OptionValues<typeof EVENTS_OPTIONS>;
