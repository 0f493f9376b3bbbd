import { callBack } from "../shared/call-back.ts";
import { checkOptions, requireHandler } from "../shared/invalid-option.ts";
import { checkToken, findBearer, type NodeRequest, type WebRequest } from "./bearer.ts";
import type { Caller } from "./caller.ts";
import { CallerError } from "./caller-error.ts";
import { connect } from "./connect.ts";
import { type CallerRequirement, type CheckCaller, checkRequirement } from "./requirement.ts";
import { type CallerVerifierOptions, resolveVerifierOptions } from "./verifier-options.ts";
import { createVerify } from "./verify.ts";

/** Middleware for Express and compatible frameworks; also a Fastify hook. */
export type CallerMiddleware<R> = (request: R, response: unknown, next: (error?: Error) => void) => void;

/** Verifies who calls a service. Its methods need no `this`. */
export interface CallerVerifier {
  /**
   * Verifies a bearer token.
   *
   * @throws CallerError if the token is not valid, or cannot be verified
   */
  verify(token: string): Promise<Caller>;
  /**
   * Verifies the bearer token of a request: of `node:http` and what is built on it, or a web `Request`.
   *
   * @throws CallerError if the request must be refused
   */
  verifyRequest<R extends NodeRequest | WebRequest>(
    request: R,
    requirement?: CallerRequirement<R>,
  ): Promise<Caller>;
  /**
   * For Express, or as an `onRequest` or `preHandler` hook of Fastify. Errors passed to `next` have status and headers.
   */
  middleware(requirement?: CallerRequirement<NodeRequest>): CallerMiddleware<NodeRequest>;
  middleware<R extends NodeRequest>(requirement: CallerRequirement<R>): CallerMiddleware<R>;
  /** For servers that use web requests and responses. What `handler` throws passes through, except a CallerError. */
  fetchHandler(
    handler: (request: Request, caller: Caller) => Response | Promise<Response>,
    requirement?: CallerRequirement<Request>,
  ): (request: Request) => Promise<Response>;
  /**
   * The caller of a request that this verifier has accepted.
   *
   * @throws CallerError `not_verified` for any other request
   */
  getCaller(request: object): Caller;
  /** Closes the connection, unless it belongs to a client. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Creates a verifier for the callers of a service. It checks that an access token is genuine and meant for the service;
 * what the caller may do is up to its roles. Opens no connection yet.
 *
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import { createCallerVerifier } from "zitadel-connect/callers";
 *
 * const verifier = createCallerVerifier({ url: "https://acme.zitadel.cloud", projectId: "223620394593190114" });
 * const orders = verifier.fetchHandler((_request, caller) => Response.json({ for: caller.subject }), {
 *   role: "reader",
 * });
 * ```
 *
 * @throws TypeError when an option or an environment variable is missing or invalid
 */
export function createCallerVerifier(options: CallerVerifierOptions = {}): CallerVerifier {
  const { resolved, context, close } = checkOptions("createCallerVerifier()", () => {
    const resolved = resolveVerifierOptions(options, process.env);
    return { resolved, ...connect(resolved) };
  });
  const verifyToken = createVerify(resolved, context);
  const callers = new WeakMap<object, Caller>();
  const verify: CallerVerifier["verify"] = async (token) => {
    checkToken(token);
    return await verifyToken(token);
  };
  const admit = async <R extends NodeRequest | WebRequest>(
    request: R,
    check: CheckCaller<R>,
  ): Promise<Caller> => {
    try {
      const caller = await verifyToken(findBearer(request));
      check(caller, request);
      callers.set(request, caller);
      return caller;
    } catch (error) {
      if (error instanceof CallerError) callBack(() => resolved.onError(error));
      throw error;
    }
  };
  const middleware = <R extends NodeRequest>(requirement?: CallerRequirement<R>): CallerMiddleware<R> => {
    const check = checkRequirement("middleware()", requirement);
    return (request, _, next) => {
      admit(request, check).then(() => next(), next);
    };
  };
  return {
    verify,
    verifyRequest: async (request, requirement) =>
      admit(request, checkRequirement("verifyRequest()", requirement)),
    middleware,
    fetchHandler: (handler, requirement) => {
      requireHandler("fetchHandler()", handler);
      const check = checkRequirement("fetchHandler()", requirement);
      return async (request) => {
        try {
          return await handler(request, await admit(request, check));
        } catch (error) {
          if (error instanceof CallerError) return toResponse(error);
          throw error;
        }
      };
    },
    getCaller: (request) => {
      const caller = callers.get(request);
      if (caller === undefined) throw new CallerError("not_verified");
      return caller;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function toResponse({ status, headers }: CallerError): Response {
  return new Response(null, { status, headers });
}
