import type { DescEnum, DescField, DescMessage } from "@bufbuild/protobuf";

/** Columns that make a stable order, the best first: unique ones, then ones that nobody changes. */
const STABLE = ["ID", "CREATION_DATE", "CREATED_DATE", "USER_ID", "KEY", "DOMAIN", "NAME", "TYPE"];

/** The field of a request that says how to sort, and what to set it to. */
export interface Sorting {
  readonly field: DescField;
  readonly column: number;
}

/**
 * How to get a stable order for a request that leaves the order to the server: some lists of Zitadel have none then,
 * so that pages overlap. Undefined where the request offers no choice, or has a column by default.
 */
export function stableSorting(request: DescMessage): Sorting | undefined {
  const field = request.fields.find(
    ({ name, enum: type }) => type !== undefined && name === "sorting_column",
  );
  if (field?.enum === undefined || field.oneof !== undefined) return undefined;
  const columns = columnsOf(field.enum);
  if (columns.get("UNSPECIFIED") !== 0) return undefined;
  const column = STABLE.map((name) => columns.get(name)).find((number) => number !== undefined);
  return column === undefined ? undefined : { field, column };
}

/** The values of an enum, by their names without what all of them begin with. */
function columnsOf({ values }: DescEnum): Map<string, number> {
  const names = values.map(({ name }) => name);
  const shared = names.reduce(commonStart, names[0] ?? "").replace(/[^_]*$/, "");
  return new Map(values.map(({ name, number }) => [name.slice(shared.length), number]));
}

function commonStart(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return a.slice(0, length);
}
