import type { Organization } from "../state/model/organization.ts";
import type { Store } from "../state/model/store.ts";
import { textMatches } from "./matching.ts";
import { STATE_NUMBER } from "./project-queries.ts";

/** A query for organizations, in the form that v1 and v2 share. */
export interface OrganizationQuery {
  readonly query:
    | { case: "nameQuery"; value: { name: string; method: number } }
    | { case: "domainQuery"; value: { domain: string; method: number } }
    | { case: "stateQuery"; value: { state: number } }
    | { case: "idQuery"; value: { id: string } }
    | { case: "defaultQuery"; value: object }
    | { case: undefined; value?: undefined };
}

/** Finds the organizations that match all queries. */
export function findOrganizations(store: Store, queries: readonly OrganizationQuery[]): Organization[] {
  return [...store.organizations.values()].filter((one) =>
    queries.every((query) => matches(store, one, query)),
  );
}

function matches(
  store: Store,
  { id, name, domains, state }: Organization,
  { query }: OrganizationQuery,
): boolean {
  switch (query.case) {
    case "nameQuery":
      return textMatches(name, query.value.name, query.value.method);
    case "domainQuery":
      return [...domains.keys()].some((one) => textMatches(one, query.value.domain, query.value.method));
    case "stateQuery":
      return query.value.state === STATE_NUMBER[state];
    case "idQuery":
      return id === query.value.id;
    case "defaultQuery":
      return id === store.defaultOrganizationId;
    default:
      return true;
  }
}
