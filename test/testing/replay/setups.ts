import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { Zitadel } from "../../../src/index.ts";
import type { Step } from "./recording.ts";

/** Where a flow finds what it needs, and by which names. */
interface Surroundings {
  readonly organizationId: string;
  rename(name: string): string;
}

/** What a flow needs that its recording does not contain: what existed before, and what it hides. */
export interface FlowSetup {
  /** Creates what existed before. Returns the values of its placeholders. */
  prepare?(zitadel: Zitadel, surroundings: Surroundings): Promise<Record<string, string>>;
  /** `client_id:client_secret` of a step whose recording hides them; placeholders are filled in. */
  credentials?(step: Step): string;
}

export const setups: Readonly<Record<string, FlowSetup>> = {
  "oidc-client-credentials": {
    credentials: ({ name }) =>
      `${name === "client-other-case" ? "OIDC-Client-Credentials-Bot" : "oidc-client-credentials-bot"}:<clientSecret2>`,
  },
  "oidc-token-exchange": {
    async prepare(zitadel, { organizationId, rename }) {
      const { clientId, clientSecret, projectId } = await createExchangeClient(zitadel, organizationId);
      const actor = await createMachine(zitadel, rename("actor"), organizationId);
      await zitadel.internal_permission.v2beta.createAdministrator({
        userId: actor.id,
        resource: { resource: { case: "instance", value: true } },
        roles: ["IAM_END_USER_IMPERSONATOR"],
      });
      return {
        "<id5>": projectId,
        "<id6>": clientId,
        "<client_secret>": clientSecret,
        "<actor_token>": actor.token,
      };
    },
    credentials: ({ name }) => {
      if (name === "client-unknown") return "1:nope";
      if (name === "client-machine-user") return "oidc-token-exchange-bot:<clientSecret2>";
      return name === "introspect-wrong-secret" ? "<id6>:wrong" : "<id6>:<client_secret>";
    },
  },
};

/** A service user with a personal access token. */
export async function createMachine(
  zitadel: Zitadel,
  username: string,
  organizationId: string,
): Promise<{ id: string; token: string }> {
  const value = { name: username };
  const { id } = await zitadel.user.v2.createUser({
    organizationId,
    username,
    userType: { case: "machine", value },
  });
  const expirationDate = timestampFromDate(new Date("2099-01-01"));
  const { token } = await zitadel.user.v2.addPersonalAccessToken({ userId: id, expirationDate });
  return { id, token };
}

/** An application that may exchange tokens and has a secret. */
async function createExchangeClient(
  zitadel: Zitadel,
  organizationId: string,
): Promise<{ clientId: string; clientSecret: string; projectId: string }> {
  const { id: projectId } = await zitadel.project.v2beta.createProject({ organizationId, name: "exchange" });
  const { creationResponseType } = await zitadel.app.v2beta.createApplication({
    projectId,
    name: "exchange",
    creationRequestType: {
      case: "oidcRequest",
      value: { grantTypes: ["OIDC_GRANT_TYPE_AUTHORIZATION_CODE", "OIDC_GRANT_TYPE_TOKEN_EXCHANGE"] },
    },
  });
  if (creationResponseType.case !== "oidcResponse") throw new Error("this is no OIDC application");
  const { clientId, clientSecret } = creationResponseType.value;
  return { clientId, clientSecret, projectId };
}
