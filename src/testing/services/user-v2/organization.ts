import type { Organization as OrganizationChoice } from "../../../../gen/zitadel/object/v2/object_pb.js";
import type { Store } from "../../state/model/store.ts";

/** The id of the organization that a request names, by id or by domain. */
export function organizationOf(store: Store, choice: OrganizationChoice | undefined): string | undefined {
  const { case: by, value } = choice?.org ?? {};
  if (by !== "orgDomain") return value;
  return [...store.organizations.values()].find((one) => one.primaryDomain === value)?.id ?? value;
}
