import {
  checkOptions,
  invalidOption,
  requireKnown,
  requireObject,
  requireOneOf,
  requireString,
  requireStrings,
} from "../shared/invalid-option.ts";
import { addUserRoles, isUserRole } from "./state/administrators.ts";
import { addKey, addPersonalAccessToken, addSecret } from "./state/credentials.ts";
import { createLazyRsaPair } from "./state/key-pairs.ts";
import type { ServiceUser } from "./state/model/service-user.ts";
import type { Store } from "./state/model/store.ts";
import type { AccessTokenType } from "./state/model/user.ts";
import { createUser, newMachine } from "./state/users.ts";

/** The options of a new service user. */
export interface NewServiceUser {
  /** Its user name, which is also the login name. */
  readonly username: string;
  /** For display. Default: the user name. */
  readonly name?: string | undefined;
  /** The type of the user's access tokens: opaque, or JWTs. Default: `bearer`, as in Zitadel. */
  readonly accessTokenType?: AccessTokenType | undefined;
  /** The organization that the user belongs to. Default: the instance's first one. */
  readonly organizationId?: string | undefined;
  /**
   * The user's roles: on the instance, such as `IAM_OWNER`, and in the user's organization, such as `ORG_OWNER`.
   * Default: none, as in Zitadel, which permits almost nothing.
   */
  readonly roles?: readonly string[] | undefined;
}

const KNOWN: Record<keyof NewServiceUser, true> = {
  username: true,
  name: true,
  organizationId: true,
  roles: true,
  accessTokenType: true,
};

/** Creates a service user with a credential of each kind. Its key is generated when it is first read. */
export function createServiceUser(store: Store, options: NewServiceUser): ServiceUser {
  checkOptions("createServiceUser()", () => {
    requireObject("its argument", options, "{ username }");
    requireKnown("", options, KNOWN);
    requireOneOf("accessTokenType", options.accessTokenType, ["bearer", "jwt"]);
    requireString("username", options.username);
    if (options.roles !== undefined) requireStrings("roles", options.roles);
    const unknown = options.roles?.find((role) => !isUserRole(role));
    if (unknown !== undefined) {
      throw invalidOption(
        "roles",
        "something else",
        "roles of an instance or an organization, such as ORG_OWNER",
      );
    }
  });
  const { username, name = username, organizationId = store.defaultOrganizationId, roles = [] } = options;
  const machine = newMachine(name, "", options.accessTokenType);
  const user = createUser(store, { organizationId, username, machine });
  addUserRoles(store, user, roles);
  const clientSecret = addSecret(store, user, machine);
  const { token } = addPersonalAccessToken(store, user, machine);
  const issued = addKey(store, user, machine, { pair: createLazyRsaPair() });
  return {
    userId: user.id,
    organizationId,
    get keyFile() {
      return issued.keyFile;
    },
    clientId: username,
    clientSecret,
    token,
  };
}
