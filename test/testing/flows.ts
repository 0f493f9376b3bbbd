/**
 * How a running Zitadel responded to sequences of calls: facts that the emulator must reproduce. Times are left out;
 * `$name` stands for a value that the server chose, the same one everywhere.
 */
import type { JsonObject } from "@bufbuild/protobuf";

export interface Step {
  readonly path: string;
  readonly request: JsonObject;
  readonly response:
    | { readonly status: 200; readonly body: JsonObject }
    | { readonly status: number; readonly error: FlowError };
}

export interface FlowError {
  readonly code: string;
  readonly message: string;
  readonly id?: string | undefined;
}

const ORGANIZATIONS = "/zitadel.org.v2.OrganizationService";
const USERS = "/zitadel.user.v2.UserService";
const SESSIONS = "/zitadel.session.v2.SessionService";
const SETTINGS = "/zitadel.settings.v2.SettingsService";

/** By subject; each continues where the one before ended. */
export const flows: Readonly<Record<string, readonly Step[]>> = {
  organization: [
    {
      path: `${ORGANIZATIONS}/AddOrganization`,
      request: { name: "ada Org" },
      response: {
        status: 200,
        body: { details: { sequence: "4", resourceOwner: "$organization" }, organizationId: "$organization" },
      },
    },
    {
      path: `${ORGANIZATIONS}/AddOrganization`,
      request: { name: "ada Org" },
      response: {
        status: 409,
        error: {
          code: "already_exists",
          message: "Organisation's name or id already taken (V3-DKcYh)",
          id: "V3-DKcYh",
        },
      },
    },
    {
      path: `${ORGANIZATIONS}/ListOrganizations`,
      request: { queries: [{ idQuery: { id: "$organization" } }] },
      response: {
        status: 200,
        body: {
          details: { totalResult: "1" },
          result: [
            {
              id: "$organization",
              details: { sequence: "4", resourceOwner: "$organization" },
              state: "ORGANIZATION_STATE_ACTIVE",
              name: "ada Org",
              primaryDomain: "ada-org.localhost",
            },
          ],
        },
      },
    },
  ],
  "human user": [
    {
      path: `${USERS}/AddHumanUser`,
      request: {
        organization: { orgId: "$organization" },
        username: "ada",
        profile: { givenName: "Ada", familyName: "Lovelace" },
        email: { email: "ada@example.test", isVerified: true },
      },
      response: {
        status: 200,
        body: { userId: "$user", details: { sequence: "2", resourceOwner: "$organization" } },
      },
    },
    {
      path: `${USERS}/AddHumanUser`,
      request: {
        organization: { orgId: "$organization" },
        username: "ada",
        profile: { givenName: "Ada", familyName: "Lovelace" },
        email: { email: "ada@example.test", isVerified: true },
      },
      response: {
        status: 409,
        error: { code: "already_exists", message: "User already exists (V3-DKcYh)", id: "V3-DKcYh" },
      },
    },
    {
      path: `${USERS}/GetUserByID`,
      request: { userId: "$user" },
      response: {
        status: 200,
        body: {
          details: { sequence: "2", resourceOwner: "$organization" },
          user: {
            userId: "$user",
            details: { sequence: "2", resourceOwner: "$organization" },
            state: "USER_STATE_ACTIVE",
            username: "ada",
            loginNames: ["ada"],
            preferredLoginName: "ada",
            human: {
              profile: {
                givenName: "Ada",
                familyName: "Lovelace",
                nickName: "",
                displayName: "Ada Lovelace",
                preferredLanguage: "und",
                gender: "GENDER_UNSPECIFIED",
              },
              email: { email: "ada@example.test", isVerified: true },
              phone: {},
            },
          },
        },
      },
    },
    {
      path: `${USERS}/ListUsers`,
      request: { queries: [{ userNameQuery: { userName: "ada" } }] },
      response: {
        status: 200,
        body: {
          details: { totalResult: "1" },
          result: [
            {
              userId: "$user",
              details: { sequence: "2", resourceOwner: "$organization" },
              state: "USER_STATE_ACTIVE",
              username: "ada",
              loginNames: ["ada"],
              preferredLoginName: "ada",
              human: {
                profile: {
                  givenName: "Ada",
                  familyName: "Lovelace",
                  nickName: "",
                  displayName: "Ada Lovelace",
                  preferredLanguage: "und",
                  gender: "GENDER_UNSPECIFIED",
                },
                email: { email: "ada@example.test", isVerified: true },
                phone: {},
              },
            },
          ],
        },
      },
    },
    {
      path: `${USERS}/ListUsers`,
      request: {
        query: { limit: 1, asc: true },
        queries: [{ organizationIdQuery: { organizationId: "$organization" } }],
      },
      response: {
        status: 200,
        body: {
          details: { totalResult: "1" },
          result: [
            {
              userId: "$user",
              details: { sequence: "2", resourceOwner: "$organization" },
              state: "USER_STATE_ACTIVE",
              username: "ada",
              loginNames: ["ada"],
              preferredLoginName: "ada",
              human: {
                profile: {
                  givenName: "Ada",
                  familyName: "Lovelace",
                  nickName: "",
                  displayName: "Ada Lovelace",
                  preferredLanguage: "und",
                  gender: "GENDER_UNSPECIFIED",
                },
                email: { email: "ada@example.test", isVerified: true },
                phone: {},
              },
            },
          ],
        },
      },
    },
    {
      path: `${USERS}/UpdateHumanUser`,
      request: { userId: "$user", profile: { givenName: "Augusta", familyName: "Lovelace" } },
      response: { status: 200, body: { details: { sequence: "3", resourceOwner: "$organization" } } },
    },
    {
      path: `${USERS}/UpdateHumanUser`,
      request: { userId: "$user", profile: { givenName: "Augusta", familyName: "Lovelace" } },
      response: { status: 200, body: { details: { sequence: "3", resourceOwner: "$organization" } } },
    },
    {
      path: `${USERS}/SetEmail`,
      request: { userId: "$user", email: "ada2@example.test", returnCode: {} },
      response: {
        status: 200,
        body: {
          details: { sequence: "5", resourceOwner: "$organization" },
          verificationCode: "$verificationCode",
        },
      },
    },
    {
      path: `${USERS}/SetEmail`,
      request: { userId: "$user", email: "not an address" },
      response: {
        status: 400,
        error: {
          code: "invalid_argument",
          message:
            "invalid SetEmailRequest.Email: value must be a valid email address | caused by: mail: no angle-addr",
        },
      },
    },
    {
      path: `${USERS}/SetPassword`,
      request: { userId: "$user", newPassword: { password: "Password1!" } },
      response: { status: 200, body: { details: { sequence: "6", resourceOwner: "$organization" } } },
    },
    {
      path: `${USERS}/SetPassword`,
      request: { userId: "$user", newPassword: { password: "x" } },
      response: {
        status: 400,
        error: {
          code: "invalid_argument",
          message: "Password is too short (DOMAIN-HuJf6)",
          id: "DOMAIN-HuJf6",
        },
      },
    },
    {
      path: `${USERS}/LockUser`,
      request: { userId: "$user" },
      response: { status: 200, body: { details: { sequence: "7", resourceOwner: "$organization" } } },
    },
    {
      path: `${USERS}/LockUser`,
      request: { userId: "$user" },
      response: {
        status: 400,
        error: {
          code: "failed_precondition",
          message: "User is not active or initial (COMMAND-lgws8wtsqf)",
          id: "COMMAND-lgws8wtsqf",
        },
      },
    },
    {
      path: `${USERS}/UnlockUser`,
      request: { userId: "$user" },
      response: { status: 200, body: { details: { sequence: "8", resourceOwner: "$organization" } } },
    },
    {
      path: `${USERS}/DeactivateUser`,
      request: { userId: "$user" },
      response: { status: 200, body: { details: { sequence: "9", resourceOwner: "$organization" } } },
    },
    {
      path: `${USERS}/DeactivateUser`,
      request: { userId: "$user" },
      response: {
        status: 400,
        error: {
          code: "failed_precondition",
          message: "User already inactive (COMMAND-5gunjw0cd7)",
          id: "COMMAND-5gunjw0cd7",
        },
      },
    },
    {
      path: `${USERS}/ReactivateUser`,
      request: { userId: "$user" },
      response: { status: 200, body: { details: { sequence: "10", resourceOwner: "$organization" } } },
    },
  ],
  session: [
    {
      path: `${SESSIONS}/CreateSession`,
      request: {
        checks: { user: { userId: "$user" }, password: { password: "Password1!" } },
        metadata: {},
        lifetime: "3600s",
      },
      response: {
        status: 200,
        body: {
          details: { sequence: "5", resourceOwner: "$instance" },
          sessionId: "$session",
          sessionToken: "$sessionToken",
        },
      },
    },
    {
      path: `${SESSIONS}/CreateSession`,
      request: { checks: { user: { userId: "$user" }, password: { password: "wrong" } } },
      response: {
        status: 400,
        error: {
          code: "invalid_argument",
          message: "Password is invalid (COMMAND-3M0fs)",
          id: "COMMAND-3M0fs",
        },
      },
    },
    {
      path: `${SESSIONS}/GetSession`,
      request: { sessionId: "$session", sessionToken: "$sessionToken" },
      response: {
        status: 200,
        body: {
          session: {
            id: "$session",
            sequence: "5",
            factors: {
              user: {
                id: "$user",
                loginName: "ada",
                displayName: "Ada Lovelace",
                organizationId: "$organization",
              },
            },
          },
        },
      },
    },
    {
      path: `${SESSIONS}/GetSession`,
      request: { sessionId: "1" },
      response: {
        status: 404,
        error: { code: "not_found", message: "Session does not exist (QUERY-SFeaa)", id: "QUERY-SFeaa" },
      },
    },
    {
      path: `${SESSIONS}/SetSession`,
      request: { sessionId: "$session", sessionToken: "$sessionToken", lifetime: "7200s" },
      response: {
        status: 200,
        body: { details: { sequence: "7", resourceOwner: "$instance" }, sessionToken: "$sessionToken" },
      },
    },
    {
      path: `${SESSIONS}/ListSessions`,
      request: { queries: [{ idsQuery: { ids: ["$session"] } }] },
      response: {
        status: 200,
        body: {
          details: { totalResult: "1" },
          sessions: [
            {
              id: "$session",
              sequence: "7",
              factors: {
                user: {
                  id: "$user",
                  loginName: "ada",
                  displayName: "Ada Lovelace",
                  organizationId: "$organization",
                },
              },
            },
          ],
        },
      },
    },
    {
      path: `${SESSIONS}/DeleteSession`,
      request: { sessionId: "$session" },
      response: { status: 200, body: { details: { sequence: "8", resourceOwner: "$instance" } } },
    },
    {
      path: `${SESSIONS}/GetSession`,
      request: { sessionId: "$session" },
      response: {
        status: 404,
        error: { code: "not_found", message: "Session does not exist (QUERY-SFeaa)", id: "QUERY-SFeaa" },
      },
    },
  ],
  "machine user": [
    {
      path: `${USERS}/CreateUser`,
      request: {
        organizationId: "$organization",
        username: "ada-bot",
        machine: { name: "Bot", description: "a job" },
      },
      response: { status: 200, body: { id: "$machine" } },
    },
    {
      path: `${USERS}/AddSecret`,
      request: { userId: "$machine" },
      response: { status: 200, body: { clientSecret: "$clientSecret" } },
    },
    {
      path: `${USERS}/AddSecret`,
      request: { userId: "$machine" },
      response: { status: 200, body: { clientSecret: "$clientSecret" } },
    },
    {
      path: `${USERS}/AddKey`,
      request: { userId: "$machine", expirationDate: "2099-01-01T00:00:00Z" },
      response: { status: 200, body: { keyId: "$key", keyContent: "$keyContent" } },
    },
    {
      path: `${USERS}/AddPersonalAccessToken`,
      request: { userId: "$machine", expirationDate: "2099-01-01T00:00:00Z" },
      response: { status: 200, body: { tokenId: "$tokenId", token: "$token" } },
    },
    {
      path: `${USERS}/ListKeys`,
      request: { filters: [{ userIdFilter: { id: "$machine" } }] },
      response: {
        status: 200,
        body: {
          pagination: { totalResult: "1", appliedLimit: "100" },
          result: [
            {
              id: "$key",
              userId: "$machine",
              organizationId: "$organization",
              expirationDate: "2099-01-01T00:00:00Z",
            },
          ],
        },
      },
    },
    {
      path: `${USERS}/ListPersonalAccessTokens`,
      request: { filters: [{ userIdFilter: { id: "$machine" } }] },
      response: {
        status: 200,
        body: {
          pagination: { totalResult: "1", appliedLimit: "100" },
          result: [
            {
              id: "$tokenId",
              userId: "$machine",
              organizationId: "$organization",
              expirationDate: "2099-01-01T00:00:00Z",
            },
          ],
        },
      },
    },
    { path: `${USERS}/RemoveSecret`, request: { userId: "$machine" }, response: { status: 200, body: {} } },
    {
      path: `${USERS}/RemoveSecret`,
      request: { userId: "$machine" },
      response: {
        status: 400,
        error: {
          code: "failed_precondition",
          message: "Secret doesn't exist (COMMAND-coi82n)",
          id: "COMMAND-coi82n",
        },
      },
    },
    {
      path: `${USERS}/GetUserByID`,
      request: { userId: "$machine" },
      response: {
        status: 200,
        body: {
          details: { sequence: "6", resourceOwner: "$organization" },
          user: {
            userId: "$machine",
            details: { sequence: "6", resourceOwner: "$organization" },
            state: "USER_STATE_ACTIVE",
            username: "ada-bot",
            loginNames: ["ada-bot"],
            preferredLoginName: "ada-bot",
            machine: { name: "Bot", description: "a job" },
          },
        },
      },
    },
  ],
  metadata: [
    {
      path: `${USERS}/SetUserMetadata`,
      request: { userId: "$user", metadata: [{ key: "team", value: "cGxhdGZvcm0=" }] },
      response: { status: 200, body: {} },
    },
    {
      path: `${USERS}/ListUserMetadata`,
      request: { userId: "$user" },
      response: {
        status: 200,
        body: {
          pagination: { totalResult: "1", appliedLimit: "100" },
          metadata: [{ key: "team", value: "cGxhdGZvcm0=" }],
        },
      },
    },
    {
      path: `${USERS}/DeleteUserMetadata`,
      request: { userId: "$user", keys: ["team"] },
      response: { status: 200, body: {} },
    },
    {
      path: `${USERS}/DeleteUserMetadata`,
      request: { userId: "$user", keys: ["team"] },
      response: {
        status: 404,
        error: { code: "not_found", message: "One or more keys do not exist (META-2nnds)", id: "META-2nnds" },
      },
    },
  ],
  delete: [
    {
      path: `${USERS}/DeleteUser`,
      request: { userId: "$user" },
      response: { status: 200, body: { details: { sequence: "15", resourceOwner: "$organization" } } },
    },
    {
      path: `${USERS}/DeleteUser`,
      request: { userId: "$user" },
      response: {
        status: 404,
        error: {
          code: "not_found",
          message: "User could not be found (COMMAND-bd4ir1mblj)",
          id: "COMMAND-bd4ir1mblj",
        },
      },
    },
    {
      path: `${USERS}/GetUserByID`,
      request: { userId: "$user" },
      response: {
        status: 404,
        error: { code: "not_found", message: "User could not be found (QUERY-Dfbg2)", id: "QUERY-Dfbg2" },
      },
    },
  ],
  settings: [
    {
      path: `${SETTINGS}/GetGeneralSettings`,
      request: {},
      response: {
        status: 200,
        body: {
          defaultOrgId: "$defaultOrganization",
          defaultLanguage: "en",
          supportedLanguages: [
            "ar",
            "bg",
            "cs",
            "de",
            "en",
            "es",
            "fr",
            "hu",
            "id",
            "it",
            "ja",
            "ko",
            "mk",
            "nl",
            "pl",
            "pt",
            "ro",
            "ru",
            "sv",
            "tr",
            "uk",
            "zh",
          ],
        },
      },
    },
    {
      path: `${SETTINGS}/GetPasswordComplexitySettings`,
      request: {},
      response: {
        status: 200,
        body: {
          details: { sequence: "13", resourceOwner: "$instance" },
          settings: {
            minLength: "8",
            requiresUppercase: true,
            requiresLowercase: true,
            requiresNumber: true,
            requiresSymbol: true,
            resourceOwnerType: "RESOURCE_OWNER_TYPE_INSTANCE",
          },
        },
      },
    },
  ],
};
