import type { NewEvent } from "./event-log.ts";
import type { Aggregate } from "./model/aggregate.ts";

/**
 * The events that change the sequence and date that reads of an object show: those for which the reducers in Zitadel's
 * internal/query/projection set both. For other aggregate types, all events do.
 */
const SHOWN: Readonly<Partial<Record<string, RegExp>>> = {
  instance: /^instance\.(changed|default\.(org|language)\.set)$/,
  project: /^project\.(added|changed|deactivated|reactivated|removed)$/,
  org: /^org\.(added|changed|deactivated|reactivated|removed|domain\.primary\.set)$/,
  user: new RegExp(
    [
      "^user\\.(locked|unlocked|deactivated|reactivated|username\\.changed|domain\\.claimed",
      "|human\\.(added|selfregistered|profile\\.changed|phone\\.(changed|removed|verified)|email\\.(changed|verified)",
      "|avatar\\.(added|removed))|machine\\.(added|changed|secret\\.(set|updated|removed)))$",
    ].join(""),
  ),
};

/** Whether an event changes the history that reads of an object show. */
export function isShown({ aggregateType }: Aggregate, { type }: NewEvent): boolean {
  return SHOWN[aggregateType]?.test(type) ?? true;
}
