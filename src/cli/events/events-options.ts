import type { OptionSpecs, OptionValues } from "../command-line.ts";
import { CONNECTION_OPTIONS } from "../connection/connection-options.ts";

/** Options of `events`. */
export const EVENTS_OPTIONS = {
  since: {
    type: "string",
    value: "time",
    help: "Start 15m, 2h or 7d ago, or at a time such as 2026-07-10T12:00:00Z.\nDefault: ten seconds before the last event",
  },
  type: {
    type: "string",
    multiple: true,
    value: "type",
    help: "Only events of this type, such as user.human.added; can be repeated",
  },
  aggregate: {
    type: "string",
    multiple: true,
    value: "type",
    help: "Only events of objects of this type, such as user or org; can be repeated",
  },
  organization: { type: "string", value: "id", help: "Only events of objects of this organization" },
  editor: { type: "string", value: "user id", help: "Only events caused by this user" },
  follow: { type: "boolean", standard: true, help: "End after showing the existing events" },
  json: { type: "boolean", help: "Print each event as a line of JSON, with its payload" },
  ...CONNECTION_OPTIONS,
} as const satisfies OptionSpecs;

/** The parsed options of `events`. */
export type EventsValues = OptionValues<typeof EVENTS_OPTIONS>;
