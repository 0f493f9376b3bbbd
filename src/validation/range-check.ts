import type { ValueCheck } from "./check.ts";

/** How values of a type compare, and how the server writes them. */
export interface Order<T> {
  compare(a: T, b: T): number;
  show(value: T): string;
}

/** The bounds that rules for numbers, durations and timestamps share. */
interface Bounds {
  readonly $typeName: string;
}

/** Checks a value against bounds. If the lower one is above the upper one, the value must not be between them. */
export function rangeCheck<T>(rules: Bounds, order: Order<T>): ValueCheck | undefined {
  // The messages of rules share only the names of these fields, not a type. The values have the type of the field that the
  // rules are for, T, as do the values that are checked: the caller pairs the rules with the order for the same field.
  // Proto2 fields: an unset one exists only on the prototype.
  const bound = (name: string): T | undefined =>
    Object.hasOwn(rules, name)
      ? ((rules as unknown as Record<string, T | undefined>)[name] ?? undefined)
      : undefined;
  const exact = bound("const");
  if (exact !== undefined) {
    return (value) =>
      order.compare(value as T, exact) === 0 ? undefined : `value must equal ${order.show(exact)}`;
  }
  const low = toBound(bound("gt"), bound("gte"));
  const high = toBound(bound("lt"), bound("lte"));
  if (low === undefined && high === undefined) return undefined;
  const above = (value: T): boolean =>
    low === undefined || order.compare(value, low.at) >= (low.inclusive ? 0 : 1);
  const below = (value: T): boolean =>
    high === undefined || order.compare(value, high.at) <= (high.inclusive ? 0 : -1);
  const outside = low !== undefined && high !== undefined && order.compare(low.at, high.at) > 0;
  const reason = reasonFor(low, high, outside, order);
  return (value) => {
    const good = outside ? above(value as T) || below(value as T) : above(value as T) && below(value as T);
    return good ? undefined : reason;
  };
}

interface Bound<T> {
  readonly at: T;
  readonly inclusive: boolean;
}

function toBound<T>(exclusive: T | undefined, inclusive: T | undefined): Bound<T> | undefined {
  if (exclusive !== undefined) return { at: exclusive, inclusive: false };
  return inclusive === undefined ? undefined : { at: inclusive, inclusive: true };
}

function reasonFor<T>(
  low: Bound<T> | undefined,
  high: Bound<T> | undefined,
  outside: boolean,
  order: Order<T>,
): string {
  if (low !== undefined && high !== undefined) {
    return outside
      ? `value must be outside range ${range(excluded(high), excluded(low), order)}`
      : `value must be inside range ${range(low, high, order)}`;
  }
  if (low !== undefined) return `value must be greater than ${limit(low, order)}`;
  return high === undefined ? "" : `value must be less than ${limit(high, order)}`;
}

function limit<T>({ at, inclusive }: Bound<T>, { show }: Order<T>): string {
  return inclusive ? `or equal to ${show(at)}` : show(at);
}

function range<T>(from: Bound<T>, to: Bound<T>, { show }: Order<T>): string {
  return `${from.inclusive ? "[" : "("}${show(from.at)}, ${show(to.at)}${to.inclusive ? "]" : ")"}`;
}

/** A bound that is allowed is not part of the excluded range. */
function excluded<T>({ at, inclusive }: Bound<T>): Bound<T> {
  return { at, inclusive: !inclusive };
}
