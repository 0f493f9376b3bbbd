import type { NewEvent } from "./event-log.ts";
import type { Aggregate } from "./model/aggregate.ts";

/**
 * The events after which reads of an object show another sequence and date: the reducers of Zitadel's internal/query/projection
 * that set both. Of other kinds of objects, all events are.
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

/** Whether reads of an object show an event as its last one. */
export function isShown({ aggregateType }: Aggregate, { type }: NewEvent): boolean {
  return SHOWN[aggregateType]?.test(type) ?? true;
}
