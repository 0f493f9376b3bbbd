import type { DescService } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import type { AuthEventListener } from "../auth/auth-event.ts";
import { type AuthContext, setAuthContext } from "../auth/auth-method.ts";
import { checkedTokenSource } from "../auth/cache/checked-token-source.ts";
import type { AccessToken, TokenSource } from "../auth/token-source.ts";
import { authLog } from "../logging/auth-log.ts";
import { callLog } from "../logging/call-log.ts";
import { createLog, type Log } from "../logging/log.ts";
import { transportLog } from "../logging/transport-log.ts";
import { emitCallEvent } from "../observation/call-scope.ts";
import { type ObservationOptions, withObservation } from "../observation/with-observation.ts";
import type { FixedHeaders } from "../shared/fixed-headers.ts";
import { checkOptions, requireString } from "../shared/invalid-option.ts";
import { checkRuntime } from "../shared/runtime.ts";
import { type Connection, createConnection } from "../transport/connection.ts";
import { SentToken, withAuthentication } from "./authentication.ts";
import type { ZitadelOptions } from "./client-options.ts";
import type { CallHeaders } from "./headers.ts";
import {
  createLastTokenError,
  type LastTokenError,
  mergeHeaders,
  withDefaultHeaders,
  withZitadelErrors,
} from "./layers.ts";
import type { ListsOf } from "./lists/list-types.ts";
import { readIntercepted, withMessages, withRequestValidation } from "./messages.ts";
import type { PinnedServices } from "./pinned-services.ts";
import { type ResolvedOptions, resolveOptions } from "./resolve-options.ts";
import { lazyServiceClients, serviceClient } from "./service-client.ts";
import {
  completeServiceClients,
  createServiceClients,
  type KnownEnums,
  type ServiceClient,
  type ServiceClients,
  type ServiceTree,
} from "./service-tree.ts";

/** A client of one instance: all RPCs, and what they share. */
export type Zitadel<Services = PinnedServices> = ServiceClients<Services> & ZitadelCore<Services>;

/** What a client has besides its services. Its methods need no `this`. */
export interface ZitadelCore<Services> {
  /** Returns a client of any service, given its generated descriptor. */
  client<S extends DescService>(service: S): ServiceClient<S, ListsOf<S>, KnownEnums<Services>>;
  /** Returns a view of this client that makes calls in the context of an organization. Shares connection and token. */
  withOrganization(organizationId: string): Zitadel<Services>;
  /** Returns a view of this client with additional default headers. Shares connection and token. */
  withHeaders(headers: CallHeaders): Zitadel<Services>;
  /** Returns a current access token, for calls to other APIs. Keep it secret. */
  getAccessToken(): Promise<AccessToken>;
  /** The Connect transport of this client, for libraries that accept one. */
  readonly transport: Transport;
  /** Closes the connection, which all views of this client share. Running calls fail with `Canceled`. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** No services: use {@link ZitadelCore.client} to call some. */
export type NoServices = Record<never, never>;

/**
 * Creates a client for the services that are passed. Does not connect yet: the first call does, and all calls share the
 * connection. Create one when your program starts, and pass it around.
 *
 * @example
 * ```ts
 * import { UserService } from "zitadel-connect/api/zitadel/user/v2/user_service_pb.js";
 * import { createZitadel } from "zitadel-connect/core";
 *
 * const users = createZitadel().client(UserService);
 * const { user } = await users.getUserByID({ userId: "218790123456789012" });
 * ```
 *
 * @throws TypeError if an option or an environment variable is missing or invalid
 */
export function createZitadel<Services extends ServiceTree = NoServices>(
  options: ZitadelOptions<Services> = {},
): Zitadel<Services> {
  checkRuntime();
  const resolved = checkOptions("createZitadel()", () => resolveOptions(options, process.env));
  const shared = connect(resolved);
  // Without services, `Services` is NoServices.
  const services = options.services ?? ({} as Services);
  const { headers, organizationId: id } = resolved;
  const own = id === undefined ? headers : headers.with([[ORGANIZATION_HEADER, id]]);
  const zitadel = createView(services, shared, own);
  completeServiceClients(zitadel);
  return zitadel;
}

/** The organization of a request, see https://zitadel.com/docs/apis/introduction. */
const ORGANIZATION_HEADER = "x-zitadel-orgid";

/** Shared by all views of a client. */
interface Shared {
  readonly connection: Connection;
  readonly authContext: AuthContext;
  readonly tokens: TokenSource;
  readonly transport: Transport;
  readonly lastTokenError: LastTokenError;
  readonly observation: ObservationOptions;
  readonly validateRequests: boolean;
}

/** Creates the connection, then the token source that uses it, then the transport for calls. */
function connect(options: ResolvedOptions): Shared {
  const { interceptors, validateRequests } = options;
  const sent = new SentToken();
  const log = createLog(options.logger, (text) => sent.hideIn(text));
  const connection = openConnection(options, log);
  const lastTokenError = createLastTokenError(sent);
  const logAuth = log === undefined ? undefined : authLog(log);
  const authContext = toAuthContext(options, connection, logAuth);
  const tokens = bindAuth(options.auth, authContext, (event) => {
    lastTokenError.listener(event);
    logAuth?.(event);
  });
  const transport = connection.createTransport({
    interceptors: interceptors.length === 0 ? [] : [...interceptors, readIntercepted],
    aroundAttempts: (next) => withAuthentication(next, tokens, sent),
  });
  const observation = createObservation(options, connection, log);
  return { connection, authContext, tokens, transport, lastTokenError, observation, validateRequests };
}

function openConnection(options: ResolvedOptions, log: Log | undefined): Connection {
  const logEvent = log === undefined ? undefined : transportLog(log);
  return createConnection({
    ...options,
    onEvent(event) {
      logEvent?.(event);
      emitCallEvent(event);
    },
  });
}

/** What the client provides to code that requests or checks tokens. */
function toAuthContext(
  { origin, instanceHost, tokenStore }: ResolvedOptions,
  { http, warmUp }: Connection,
  onEvent: AuthEventListener | undefined,
): AuthContext {
  return { origin, instanceHost, http, warmUp, tokenStore, onEvent };
}

function bindAuth(
  auth: ResolvedOptions["auth"],
  context: AuthContext,
  onEvent: AuthEventListener,
): TokenSource {
  return checkedTokenSource(typeof auth === "function" ? auth({ ...context, onEvent }) : auth);
}

function createObservation(
  options: ResolvedOptions,
  { firstProtocol }: Connection,
  log: Log | undefined,
): ObservationOptions {
  const { telemetry, origin, logBodies } = options;
  const observers = [
    ...(telemetry === undefined ? [] : [telemetry]),
    ...(log === undefined ? [] : [callLog(log, { bodies: logBodies })]),
  ];
  return { observers, origin, findProtocol: (method) => firstProtocol(method.parent) };
}

function createView<Services extends ServiceTree>(
  services: Services,
  shared: Shared,
  headers: FixedHeaders,
): Zitadel<Services> {
  const transport = layers(shared, headers);
  const close = async (): Promise<void> => shared.connection.close();
  const withHeaders = (more: CallHeaders): Zitadel<Services> =>
    createView(
      services,
      shared,
      checkOptions("withHeaders()", () => mergeHeaders(headers, more)),
    );
  const core: ZitadelCore<Services> = {
    client: (service) => serviceClient(service, transport),
    withOrganization: (id) => withHeaders({ [ORGANIZATION_HEADER]: organizationId(id) }),
    withHeaders,
    getAccessToken: () => shared.tokens.getToken({ signal: shared.connection.closed }),
    transport,
    close,
    [Symbol.asyncDispose]: close,
  };
  const view = Object.assign(createServiceClients(services, lazyServiceClients(transport)), core);
  setAuthContext(view, shared.authContext);
  return view;
}

/** The layers of every call of a view above the connection, innermost first. */
function layers(shared: Shared, headers: FixedHeaders): Transport {
  const { transport, validateRequests, lastTokenError, observation } = shared;
  const withHeaders = withDefaultHeaders(transport, headers);
  const validated = validateRequests ? withRequestValidation(withHeaders) : withHeaders;
  const checked = withMessages(validated);
  return withObservation(withZitadelErrors(checked, lastTokenError), observation);
}

function organizationId(id: unknown): string {
  return checkOptions("withOrganization()", () => {
    requireString("its argument", id);
    return id;
  });
}
