import { exactlyOne, requireKnown } from "../../shared/invalid-option.ts";
import type { AuthContext } from "../auth-method.ts";
import { inlineCredential } from "../credential/credential-option.ts";
import { parseToken } from "../credential/secret-format.ts";

const TOKEN_TYPES = {
  userId: "urn:zitadel:params:oauth:token-type:user_id",
  accessToken: "urn:ietf:params:oauth:token-type:access_token",
  idToken: "urn:ietf:params:oauth:token-type:id_token",
  jwt: "urn:ietf:params:oauth:token-type:jwt",
} as const;

/** A token, or a function that returns it or a promise of it, called for each exchange. */
export type TokenInput = string | (() => string | Promise<string>);

/** Whose token is exchanged, or on whose behalf the actor acts. */
export type ExchangeSubject =
  /** With an actor only. */
  | { readonly userId: string }
  /**
   * Must have the exchanging application among its audiences: request it with the application's project as one of
   * `projectIds`. A personal access token need not.
   */
  | { readonly accessToken: TokenInput }
  /** With an actor only. */
  | { readonly idToken: TokenInput }
  /** Signed by a key of the exchanging application, with the user's id as subject. With an actor only. */
  | { readonly jwt: TokenInput };

/** The parameters of a request that tell the subject. */
export interface SubjectParameters {
  readonly subject_token: string;
  readonly subject_token_type: string;
}

/** The subject in the one property that is set, checked and not yet bound to a client. */
export function subjectOption(subject: ExchangeSubject): {
  readonly name: keyof typeof TOKEN_TYPES;
  readonly bind: (context: AuthContext) => () => Promise<SubjectParameters>;
} {
  requireKnown("subject", subject, TOKEN_TYPES);
  const name = exactlyOne(subject, ["userId", "accessToken", "idToken", "jwt"]);
  const given: unknown = Object.entries(subject).find(([key]) => key === name)?.[1];
  const bindToken = inlineCredential(`subject.${name}`, given, parseToken);
  const bind = (context: AuthContext): (() => Promise<SubjectParameters>) => {
    const credential = bindToken(context);
    return async () => ({ subject_token: await credential.load(), subject_token_type: TOKEN_TYPES[name] });
  };
  return { name, bind };
}
