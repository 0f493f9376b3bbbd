import { toJson } from "@bufbuild/protobuf";
import { type Event, EventSchema } from "../../../gen/zitadel/event_pb.js";
import { followEvents, latestEventCursor } from "../../events/follow-events.ts";
import type { FollowEventsOptions } from "../../events/follow-options.ts";
import { toDate } from "../../input/timestamp.ts";
import { describe } from "../../shared/describe.ts";
import { invalidOption } from "../../shared/invalid-option.ts";
import { openClient } from "../connection/open-client.ts";
import { printLine } from "../output/print.ts";
import type { Terminal } from "../terminal.ts";
import type { EventsValues } from "./events-options.ts";

/** Follows events, and prints each. */
export async function showEvents(values: EventsValues, terminal: Terminal): Promise<void> {
  const since = parseSince(values.since, Date.now());
  await using zitadel = openClient(values, terminal);
  const options: FollowEventsOptions = {
    after: since ?? (await latestEventCursor(zitadel, { signal: terminal.closed })),
    eventTypes: values.type,
    aggregateTypes: values.aggregate,
    resourceOwner: values.organization,
    editorUserId: values.editor,
    stopAtEnd: values.follow === false,
    signal: terminal.closed,
    onRetry: (error) => terminal.err(`Waiting: ${error instanceof Error ? error.message : String(error)}\n`),
  };
  for await (const event of followEvents(zitadel, options)) {
    if (values.json === true) printLine(terminal, toJson(EventSchema, event));
    else printEvent(event, terminal);
    await terminal.drained();
  }
}

function printEvent({ creationDate, type, aggregate, editor }: Event, terminal: Terminal): void {
  const time = creationDate === undefined ? "" : toDate(creationDate).toISOString();
  const by = editor === undefined ? "" : ` by ${editor.displayName || editor.service} (${editor.userId})`;
  const object = `${aggregate?.type?.type ?? ""} ${aggregate?.id ?? ""}`;
  terminal.out(
    { text: time, style: "dim" },
    " ",
    { text: type?.type ?? "", style: "bold" },
    ` ${object}${by}\n`,
  );
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Parses a time, or how long ago it was. */
export function parseSince(value: string | undefined, now: number): Date | undefined {
  if (value === undefined) return undefined;
  const [, amount, unit = ""] = /^(\d{1,6})([smhd])$/.exec(value) ?? [];
  const time = amount === undefined ? Date.parse(value) : now - Number(amount) * (UNITS[unit] ?? 0);
  if (!Number.isNaN(time)) return new Date(time);
  throw invalidOption("--since", describe(value), "15m, 2h or 7d, or a time such as 2026-07-10T12:00:00Z");
}
