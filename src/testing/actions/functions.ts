import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { zitadelError } from "../errors.ts";
import { setMetadata } from "../state/metadata.ts";
import type { Store } from "../state/model/store.ts";
import type { User } from "../state/model/user.ts";
import { callTargets, type TargetCalls } from "./call-target.ts";
import { findTargets } from "./conditions.ts";

/** The functions that customize claims: those in userinfo, introspection and ID tokens, and in JWT access tokens. */
export type ClaimsFunction = "preuserinfo" | "preaccesstoken";

/** The claims to customize, and whom they are about. */
export interface ClaimsSubject {
  readonly user: User;
  readonly claims: JsonObject;
  /** The client that they are for. */
  readonly clientId: string | undefined;
}

/** The response of a target, with Zitadel's field names. */
interface Additions {
  append_claims?: readonly { readonly key: string; readonly value: JsonValue }[];
  append_log_claims?: readonly string[];
  set_user_metadata?: readonly { readonly key: string; readonly value: string }[];
}

/** Claims with this prefix are reserved for Zitadel. Targets cannot add them. */
const OWN_PREFIX = "urn:zitadel:iam";

/** Calls the targets of a function. Returns the claims with those that they add. */
export async function customizeClaims(
  store: Store,
  name: ClaimsFunction,
  subject: ClaimsSubject,
  calls: TargetCalls,
): Promise<JsonObject> {
  const id = `function/${name}`;
  const targets = findTargets(store, id);
  if (targets.length === 0) return subject.claims;
  let additions: Additions | undefined;
  const toContent = () => ({
    ...toFunctionContent(store, id, subject),
    ...(additions && { response: additions }),
  });
  await callTargets(
    targets,
    toContent,
    (body) => {
      additions = { ...additions, ...parseAdditions(body) };
    },
    calls,
  );
  return additions === undefined ? subject.claims : addClaims(store, id, subject, additions);
}

function parseAdditions(body: string): Additions {
  try {
    // Targets belong to the test, so their responses are trusted to have this shape.
    return JSON.parse(body) as Additions;
  } catch {
    throw zitadelError(Code.FailedPrecondition, "ACTION-4m9s2", "Response is not valid JSON");
  }
}

/** Adds claims and metadata. Does not replace existing claims, and reports this in the log. */
function addClaims(
  store: Store,
  id: string,
  { user, claims }: ClaimsSubject,
  additions: Additions,
): JsonObject {
  const { append_claims = [], append_log_claims = [], set_user_metadata = [] } = additions;
  const metadata = set_user_metadata.map(({ key, value }) => ({ key, value: Buffer.from(value, "base64") }));
  if (metadata.length > 0) setMetadata(store, user, metadata);
  const added: JsonObject = { ...claims };
  const log: string[] = [];
  for (const { key, value } of append_claims) {
    if (key.startsWith(OWN_PREFIX)) continue;
    if (added[key] === undefined || added[key] === null) added[key] = value;
    else log.push(`key "${key}" already exists`);
  }
  log.push(...append_log_claims);
  if (log.length > 0) added[`${OWN_PREFIX}:action:${id}:log`] = log;
  return added;
}

/** The payload as the server sends it, without empty fields. */
function toFunctionContent(store: Store, id: string, { user, claims, clientId }: ClaimsSubject): object {
  const organization = store.organizations.get(user.resourceOwner);
  const metadata = [...user.metadata].map(([key, { value, createdAt, changedAt }]) => ({
    creation_date: toTime(createdAt),
    change_date: toTime(changedAt),
    resource_owner: user.resourceOwner,
    key,
    value: Buffer.from(value).toString("base64"),
  }));
  const grants = [...store.authorizations.values()].filter(({ userId }) => userId === user.id);
  return {
    function: id,
    userinfo: claims,
    user: toUserContent(user),
    ...(metadata.length === 0 ? {} : { user_metadata: metadata }),
    org: { id: organization?.id, name: organization?.name, primary_domain: organization?.primaryDomain },
    ...(grants.length === 0
      ? {}
      : {
          user_grants: grants.map((grant) => ({
            id: grant.id,
            creation_date: toTime(grant.createdAt),
            change_date: toTime(grant.changedAt),
            sequence: grant.sequence,
            roles: grant.roleKeys,
            state: grant.state === "active" ? 1 : 2,
            user_id: user.id,
            resource_owner: grant.resourceOwner,
            project_id: grant.projectId,
            project_name: store.projects.get(grant.projectId)?.name,
          })),
        }),
    application: clientId === undefined ? {} : { client_id: clientId },
  };
}

const [HUMAN, MACHINE] = [1, 2];
const STATES = ["unspecified", "active", "inactive", "deleted", "locked"];

function toUserContent({ id, username, state, human, machine, ...user }: User): object {
  return {
    id,
    creation_date: toTime(user.createdAt),
    change_date: toTime(user.changedAt),
    resource_owner: user.resourceOwner,
    sequence: user.sequence,
    state: Math.max(1, STATES.indexOf(state)),
    type: human === undefined ? MACHINE : HUMAN,
    username,
    login_names: [username],
    preferred_login_name: username,
    ...(human && {
      human: {
        first_name: human.givenName,
        last_name: human.familyName,
        display_name: human.displayName,
        preferred_language: human.preferredLanguage,
        email: human.email.address,
        is_email_verified: human.email.verified,
        ...(human.phone && { phone: human.phone.address, is_phone_verified: human.phone.verified }),
      },
    }),
    ...(machine && { machine: { name: machine.name, description: machine.description } }),
  };
}

function toTime(ms: number): string {
  return new Date(ms).toISOString();
}
