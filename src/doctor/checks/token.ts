import { AuthError } from "../../auth/auth-error.ts";
import type { AuthEventListener } from "../../auth/auth-event.ts";
import { authFromEnvironment } from "../../auth/auth-from-environment.ts";
import { checkedTokenSource } from "../../auth/cache/checked-token-source.ts";
import type { TokenSource } from "../../auth/token-source.ts";
import { type Check, failed, ok } from "../check.ts";
import { connect } from "../connect.ts";
import type { DoctorContext } from "../doctor-context.ts";

/** Checks that the server issues a token for the credential. */
export const token: Check = {
  name: "token",
  about: "whether the server issues a token for it",
  needs: ["discovery", "credential"],
  async run(context) {
    const startedAt = performance.now();
    try {
      const { expiresAt } = await obtain(context);
      const duration = `${Math.round(performance.now() - startedAt)} ms`;
      return ok(
        expiresAt === undefined
          ? "the token is given"
          : `obtained in ${duration}, valid for ${Math.round((expiresAt - Date.now()) / 60_000)} minutes`,
      );
    } catch (error) {
      if (!(error instanceof AuthError))
        return failed(String((error as Error).message), "Check the token source.");
      return failed(error.message.replace(`. ${error.hint}`, ""), error.hint);
    }
  },
};

/** Returns the first token, or rejects with the first error. A token source alone would keep retrying. */
async function obtain(context: DoctorContext): ReturnType<TokenSource["getToken"]> {
  const failure = Promise.withResolvers<never>();
  // Handles its rejection if nothing awaits it.
  failure.promise.catch(() => {});
  let refusal: unknown;
  context.tokens = bind(context, (event) => {
    if (event.type === "token-request-failed") failure.reject(event.error);
    if (event.type === "credential-refused") refusal = event.error;
  });
  const signal = AbortSignal.timeout(context.checkTimeoutMs);
  try {
    return await Promise.race([context.tokens.getToken({ signal }), failure.promise]);
  } catch (error) {
    // A refusal is retried, since the credential may be new: if the time is up, the refusal is the reason.
    throw signal.aborted ? (refusal ?? error) : error;
  }
}

function bind(context: DoctorContext, onEvent: AuthEventListener): TokenSource {
  const auth = context.options.auth ?? authFromEnvironment(context.env);
  if (typeof auth !== "function") return checkedTokenSource(auth);
  const { origin } = context;
  const { instanceHost } = context.options;
  return checkedTokenSource(auth({ origin, instanceHost, http: connect(context).http, onEvent }));
}
