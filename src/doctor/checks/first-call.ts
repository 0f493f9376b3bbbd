import type { Zitadel } from "../../client/create-zitadel.ts";
import { createZitadel } from "../../client/pinned-client.ts";
import { explain } from "../../errors/explain.ts";
import { hasErrorId, isUnauthenticated } from "../../errors/guards.ts";
import { ZitadelError } from "../../errors/zitadel-error.ts";
import { type Check, type Finding, failed, ok, warning } from "../check.ts";
import { toClientOptions } from "../connect.ts";
import type { DoctorContext } from "../doctor-context.ts";

/** Checks that the API accepts the token: that it is for this instance, and for its API. */
export const audience: Check = {
  name: "audience",
  about: "whether the API accepts the token",
  needs: ["token"],
  async run(context) {
    const error = await getFirstError(context);
    if (!hasErrorId(error, "AUTH-7fs1e")) return ok("the API accepts the token");
    const summary = `The API refuses the token of ${context.method}`;
    return context.method.includes("TOKEN")
      ? failed(
          summary,
          "It has expired or was revoked, its user is not active, or it belongs to another instance: create a new one for the user there. A token that is not a personal access token needs the scope urn:zitadel:iam:org:project:id:zitadel:aud.",
        )
      : failed(
          `${summary}, which is new`,
          "It lacks the audience of the API: request the scope urn:zitadel:iam:org:project:id:zitadel:aud, which is the default unless scopes were replaced. Otherwise the user is not active, or the token request went to another instance: set instanceHost.",
        );
  },
};

/** Checks that a call that any user may make succeeds. */
export const firstCall: Check = {
  name: "first-call",
  about: "a call that any user may make",
  needs: ["audience"],
  async run(context) {
    const error = await getFirstError(context);
    if (error instanceof ZitadelError) return toFinding(error);
    const { user } = await getClient(context).auth.v1.getMyUser();
    return ok(`signed in as ${user?.userName} (${user?.id}) of organization ${user?.details?.resourceOwner}`);
  },
};

/** Checks that the user has roles. Without any, almost every call is refused. */
export const permissions: Check = {
  name: "permissions",
  about: "whether the user has roles",
  needs: ["first-call"],
  async run(context) {
    try {
      const { result } = await getClient(context).auth.v1.listMyMemberships(
        {},
        { timeoutMs: context.checkTimeoutMs },
      );
      const roles = [...new Set(result.flatMap((membership) => membership.roles))].sort();
      if (roles.length > 0) return ok(`roles: ${roles.join(", ")}`);
      return warning(
        "The user has no role",
        "Make the user an administrator of the instance, an organization or a project; without a role, most calls are refused.",
      );
    } catch (error) {
      if (!(error instanceof ZitadelError)) throw error;
      return isUnauthenticated(error) ? toFinding(error) : { ...toFinding(error), status: "warning" };
    }
  },
};

function toFinding(error: ZitadelError): Finding {
  const id = error.id === undefined ? "" : ` (${error.id})`;
  return failed(`${explain(error)} The response was: ${error.rawMessage}${id}`, error.hint);
}

const errors = new WeakMap<DoctorContext, Promise<unknown>>();

/** The error of the first call, which is made once for the two checks that use it. */
function getFirstError(context: DoctorContext): Promise<unknown> {
  let error = errors.get(context);
  if (error === undefined) {
    const call = getClient(context).auth.v1.getMyUser({}, { timeoutMs: context.checkTimeoutMs });
    error = call.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    errors.set(context, error);
  }
  return error;
}

function getClient(context: DoctorContext): Zitadel {
  const { tokens } = context;
  if (tokens === undefined) throw new TypeError("The check of the token comes first");
  context.client ??= createZitadel({ ...toClientOptions(context), auth: tokens, url: context.origin });
  return context.client;
}
