import { createZitadel, personalAccessToken } from "../../../src/index.ts";
import type { Emulator } from "../../../src/testing/index.ts";
import type { Step } from "./recording.ts";

/** What a flow needs that its recording leaves out: what was there before, and what it hides. */
export interface FlowSetup {
  /** Makes what was there before. Returns what its placeholders stand for. */
  prepare?(emulator: Emulator): Promise<Record<string, string>>;
  /** `client_id:client_secret` of a step whose recording hides them; placeholders are filled in. */
  credentials?(step: Step): string;
}

export const setups: Readonly<Record<string, FlowSetup>> = {
  "oidc-client-credentials": {
    credentials: ({ name }) =>
      `${name === "client-other-case" ? "OIDC-Client-Credentials-Bot" : "oidc-client-credentials-bot"}:<clientSecret2>`,
  },
  "oidc-token-exchange": {
    async prepare(emulator) {
      const { clientId, clientSecret, projectId } = await createExchangeClient(emulator);
      const actor = await emulator.createServiceUser({
        username: "actor",
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

/** An application that may exchange tokens and has a secret. */
async function createExchangeClient(
  emulator: Emulator,
): Promise<{ clientId: string; clientSecret: string; projectId: string }> {
  const { serviceUser, url } = emulator;
  await using zitadel = createZitadel({ url, auth: personalAccessToken({ token: serviceUser.token }) });
  const { organizationId } = serviceUser;
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
