import type { DescMethodUnary, DescService } from "@bufbuild/protobuf";
import type { AnyHandler, Handlers } from "./handlers.ts";
import { selfSignedIdentity } from "./net/certificate.ts";
import type { HttpRequest, HttpResponse } from "./net/http.ts";
import { type Identity, openPort } from "./net/port.ts";
import { createWebKey } from "./oidc/web-key.ts";
import { type RecordedRequest, recordRequest } from "./recorded-request.ts";
import { type Routes, route } from "./routes.ts";
import { createServiceRegistry } from "./rpc/service-registry.ts";
import { createServiceUser, type NewServiceUser, type ServiceUser } from "./service-user.ts";
import { builtInHandlers } from "./services/index.ts";
import { type Application, createApplication } from "./state/applications.ts";
import { addFirstObjects } from "./state/first-objects.ts";
import { createStore } from "./state/store.ts";
import { revokeIssuedTokens } from "./state/tokens.ts";
import { createSystemUsers, type SystemUser } from "./system-users.ts";
import { sendWebhook, type WebhookDelivery } from "./webhooks.ts";

export interface EmulatorOptions {
  /** Serve HTTPS: `true` for a certificate made at start (see {@link Emulator.ca}), or one of your own, in PEM. Default: HTTP. */
  readonly tls?: boolean | Identity | undefined;
  /** The clock that tokens, keys and time stamps go by. Default: the system's. */
  readonly clock?: { now(): number } | undefined;
  /** The lifetime of access tokens. Default: 43199, as Zitadel shows its 12 hours. */
  readonly tokenLifetimeSeconds?: number | undefined;
  /** Hosts, without a port, that the instance is known by besides `localhost`. Default: none. */
  readonly domains?: readonly string[] | undefined;
  /** Users of the system API, who sign their tokens themselves. Default: none. */
  readonly systemUsers?: readonly SystemUser[] | undefined;
}

/** Sees a request before the emulator answers it, and may answer in its place. */
export type RequestInterceptor = (
  request: HttpRequest,
) => HttpResponse | undefined | Promise<HttpResponse | undefined>;

/** A running Zitadel in the process. */
export interface Emulator {
  /** Where it listens, for example `http://localhost:40123`. */
  readonly url: string;
  /** The certificate to trust, in PEM. Only with `tls: true`. */
  readonly ca: string | undefined;
  /** A service user that is there from the start. */
  readonly serviceUser: ServiceUser;
  /** What has been asked so far, the oldest first. The newest ten thousand are kept; set `length = 0` to forget. */
  readonly requests: RecordedRequest[];
  /** Creates a service user who can authenticate in each of the three ways. */
  createServiceUser(user: NewServiceUser): Promise<ServiceUser>;
  /** Creates an OIDC application, which may exchange tokens. */
  createApplication(): Promise<Application>;
  /** Answers RPCs of a service, in place of what the emulator does by itself. Returns what takes them back. */
  handle<S extends DescService>(service: S, handlers: Handlers<S>): () => void;
  /** Looks at every request first: for faults, proxies and pages that are no API. Returns what takes it back. */
  intercept(interceptor: RequestInterceptor): () => void;
  /**
   * Calls a target of Zitadel's actions at a URL, as Zitadel does; the keys at `/oauth/v2/keys` are those of its JWTs.
   */
  callTarget(url: string | URL, delivery: WebhookDelivery): Promise<Response>;
  /** Makes all access tokens of the token endpoint invalid; personal access tokens stay. */
  revokeTokens(): void;
  /** Stops listening and cuts all connections. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const DOMAIN = "localhost";
const LIFETIME_SECONDS = 43_199;

/** Starts a Zitadel in the process, on a free port of the loopback interface. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const now = (): number => (options.clock ?? Date).now();
  const domains = [DOMAIN, ...(options.domains ?? [])];
  const store = createStore(DOMAIN, now);
  const ownHandlers = new Map<DescMethodUnary, AnyHandler>();
  const registry = createServiceRegistry();
  const builtIn = builtInHandlers(store);
  const interceptors: RequestInterceptor[] = [];
  const requests: RecordedRequest[] = [];

  addFirstObjects(store);
  const [identity, webKey, serviceUser] = await Promise.all([
    identityOf(options),
    createWebKey(store.newId()),
    createServiceUser(store, { username: "service-user" }),
  ]);
  const routes: Routes = {
    store,
    registry,
    domains,
    webKey,
    tokenLifetimeSeconds: options.tokenLifetimeSeconds ?? LIFETIME_SECONDS,
    systemUsers: createSystemUsers(options.systemUsers ?? [], () => url, now),
    handlerOf: async (method) => ownHandlers.get(method) ?? (await builtIn(method)),
  };
  const port = await openPort(async (request) => {
    recordRequest(requests, request);
    for (const interceptor of interceptors) {
      const response = await interceptor(request);
      if (response !== undefined) return response;
    }
    const response = await route(routes, request);
    if (options.clock !== undefined) response.headers.set("date", new Date(now()).toUTCString());
    return response;
  }, identity);
  const url = `${identity === undefined ? "http" : "https"}://${DOMAIN}:${port.number}`;
  return {
    url,
    ca: options.tls === true ? identity?.cert : undefined,
    serviceUser,
    requests,
    createServiceUser: (user) => createServiceUser(store, user),
    createApplication: () => createApplication(store),
    handle: (service, handlers) => register(ownHandlers, registry.add, service, handlers),
    intercept: (interceptor) => {
      interceptors.unshift(interceptor);
      return () => void interceptors.splice(interceptors.indexOf(interceptor), 1);
    },
    callTarget: (target, delivery) => sendWebhook(target, { webKey, at: now(), ...delivery }),
    revokeTokens: () => revokeIssuedTokens(store),
    close: port.close,
    [Symbol.asyncDispose]: port.close,
  };
}

async function identityOf({ tls, domains }: EmulatorOptions): Promise<Identity | undefined> {
  if (tls === true) return await selfSignedIdentity(domains);
  return typeof tls === "object" ? tls : undefined;
}

function register<S extends DescService>(
  registered: Map<DescMethodUnary, AnyHandler>,
  addService: (service: DescService) => void,
  service: S,
  handlers: Handlers<S>,
): () => void {
  addService(service);
  const added = Object.entries(handlers).map(([name, handler]) => {
    const method = service.method[name];
    if (method?.methodKind !== "unary") throw new TypeError(`${service.typeName} has no RPC ${name}`);
    registered.set(method as DescMethodUnary, handler as AnyHandler);
    return method as DescMethodUnary;
  });
  return () => {
    for (const method of added) registered.delete(method);
  };
}
