import type { DescService } from "@bufbuild/protobuf";
import { describe } from "../shared/describe.ts";
import {
  checkOptions,
  invalidOption,
  requireBoolean,
  requireFunction,
  requireKnown,
  requireNumber,
  requireObject,
  requireString,
  requireStrings,
} from "../shared/invalid-option.ts";
import { checkRuntime } from "../shared/runtime.ts";
import { Executions } from "./actions/executions.ts";
import { type Application, createApplication, type NewApplication } from "./application.ts";
import { createHandlerOverrides } from "./handler-overrides.ts";
import type { Handlers } from "./handlers.ts";
import { createInterceptedHandler, type RequestInterceptor } from "./interceptors.ts";
import { withConflicts, withLag } from "./late-handlers.ts";
import { createSelfSignedIdentity } from "./net/certificate.ts";
import { respondText } from "./net/http.ts";
import { type Identity, openPort } from "./net/port.ts";
import { toWebKey } from "./oidc/web-key.ts";
import { Exchanges } from "./page/exchanges.ts";
import type { PageContext } from "./page/page.ts";
import { isForPage } from "./page/path.ts";
import {
  createAuthorization,
  createProject,
  type NewAuthorization,
  type NewProject,
  type Project,
} from "./project.ts";
import { type RecordedRequest, recordRequest } from "./recorded-request.ts";
import { findReflection } from "./reflection/serve.ts";
import { type Routes, route } from "./routes.ts";
import { createServiceRegistry, type GeneratedServices } from "./rpc/service-registry.ts";
import type { EmulatorState } from "./seed/types.ts";
import { createServiceUser, type NewServiceUser } from "./service-user.ts";
import { createBuiltInHandlers } from "./services/index.ts";
import type { CommitDelay, LoggedEvent } from "./state/event-log.ts";
import { addInitialObjects } from "./state/initial-objects.ts";
import { addCustomDomain } from "./state/instance-settings.ts";
import type { ServiceUser } from "./state/model/service-user.ts";
import type { Store } from "./state/model/store.ts";
import type { WebKeyAlgorithm } from "./state/model/web-key.ts";
import { createSeededRandom, type Lag, Projections } from "./state/projections.ts";
import { restoreStore, saveStore } from "./state/snapshot.ts";
import { createStore } from "./state/store.ts";
import { revokeIssuedTokens } from "./state/tokens.ts";
import { addActiveWebKey, addInitialWebKeys, findActiveWebKey } from "./state/web-keys.ts";
import { createSystemUsers, type SystemUser } from "./system-users.ts";
import { sendWebhook, type WebhookDelivery } from "./webhooks.ts";

/** Options of an emulator; all are optional. */
export interface EmulatorOptions {
  /** The port to listen on, for programs that must know it in advance; 0 means any free port. Default: 0. */
  readonly port?: number | undefined;
  /** HTTPS: `true` for a certificate created at start ({@link Emulator.ca}), or your own. Default: HTTP. */
  readonly tls?: boolean | Identity | undefined;
  /**
   * The clock of tokens, keys, timestamps and the header `Date`. Default: `Date.now()`, even if a test has replaced it.
   */
  readonly clock?: { now(): number } | undefined;
  /** The lifetime of access tokens. Default: 43199, which is how Zitadel reports its 12 hours. */
  readonly tokenLifetimeSeconds?: number | undefined;
  /** Other host names of the instance besides `localhost`, without a port. Default: none. */
  readonly domains?: readonly string[] | undefined;
  /**
   * How long the transaction of a write is open before it commits, in milliseconds. Its events are created when it
   * begins, and become visible when it commits, possibly before events that were already listed. Default: 0.
   */
  readonly commitDelayMs?: CommitDelay | undefined;
  /** The initial state, besides the first organization and `serviceUser`: a seed, or a snapshot. Default: nothing. */
  readonly seed?: EmulatorState | undefined;
  /**
   * How far searches and new credentials lag behind, by the emulator's clock: `"zitadel"` for delays measured on a
   * Zitadel, or milliseconds. While the clock stands still, nothing new becomes visible. Default: no lag.
   */
  readonly lag?: Lag | undefined;
  /**
   * The share of writes to existing objects that fail with a write conflict, as if another write to the same object had
   * come first: they are rolled back, and may be repeated. From 0 to 1. Default: 0.
   */
  readonly conflicts?: number | undefined;
  /** The seed of the random numbers for `lag` and `conflicts`, so that every run is the same. Default: 1. */
  readonly randomSeed?: number | undefined;
  /** Users of the system API, which sign their own tokens. Default: none. */
  readonly systemUsers?: readonly SystemUser[] | undefined;
  /**
   * Services that you generated from a newer Zitadel than the one this package is built for: the `services` of your
   * code, or an array of descriptors. docs/testing.md says which of their RPCs the emulator implements. Default: none.
   */
  readonly services?: GeneratedServices | undefined;
}

/** A Zitadel that runs in this process. */
export interface Emulator {
  /** Its url, for example `http://localhost:40123`. */
  readonly url: string;
  /** The certificate to trust, in PEM. Only with `tls: true`. */
  readonly ca: string | undefined;
  /** A service user that exists from the start, with the role IAM_OWNER. */
  readonly serviceUser: ServiceUser;
  /** The requests so far, oldest first: at least the last ten thousand. Set `length = 0` to clear them. */
  readonly requests: RecordedRequest[];
  /** Creates a service user with a credential of each of the three kinds, and the permissions of `roles`. */
  createServiceUser(user: NewServiceUser): Promise<ServiceUser>;
  /** Creates an application that may exchange tokens, and introspect those meant for its project. */
  createApplication(application?: NewApplication): Promise<Application>;
  /** Creates a project with its roles. */
  createProject(project?: NewProject): Project;
  /** Grants a user roles in a project. */
  createAuthorization(authorization: NewAuthorization): void;
  /**
   * Signs with a new key from now on. The previous keys are still published, as in Zitadel until they are deleted.
   * Default: an RSA key.
   */
  rotateWebKey(algorithm?: WebKeyAlgorithm): Promise<void>;
  /** Handles RPCs of a service instead of the emulator. Returns a function that removes the handlers. */
  handle<S extends DescService>(service: S, handlers: Handlers<S>): () => void;
  /**
   * Adds an interceptor in front of the emulator, for failures, delays and proxies. Returns a function that removes it.
   */
  intercept(interceptor: RequestInterceptor): () => void;
  /** Calls a target of actions at a URL, like Zitadel; the keys for its JWTs are at `/oauth/v2/keys`. */
  callTarget(url: string | URL, delivery: WebhookDelivery): Promise<Response>;
  /** Invalidates all access tokens of the token endpoint, but not personal access tokens. */
  revokeTokens(): void;
  /**
   * The complete state of the emulator, including secrets: for `restore()`, the option `seed`, and `JSON.stringify()`.
   */
  snapshot(): Promise<EmulatorState>;
  /**
   * Replaces the state with a snapshot or a seed, to which `reset()` then returns. After restoring a snapshot,
   * `serviceUser` is that of the emulator that it was taken from. Rejects with a `TypeError` that names the path of an
   * invalid value.
   */
  restore(state: EmulatorState): Promise<void>;
  /**
   * Returns to the initial state, including the seed: for use between tests that share an emulator. Also removes
   * handlers, interceptors and `requests`.
   */
  reset(): void;
  /** Stops listening and closes all connections. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const DOMAIN = "localhost";

/**
 * Starts a Zitadel in this process, on a port of the loopback interface. Rejects with an `Error` if the port is in use,
 * and with a `TypeError` if an option is invalid.
 *
 * @example
 * ```ts
 * import { createZitadel, personalAccessToken } from "zitadel-connect";
 * import { startEmulator } from "zitadel-connect/testing";
 *
 * await using emulator = await startEmulator();
 * await using zitadel = createZitadel({
 *   url: emulator.url,
 *   auth: personalAccessToken(emulator.serviceUser),
 * });
 * ```
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  checkRuntime();
  checkOptions("startEmulator()", () => checkEmulatorOptions(options));
  let advancedMs = 0;
  const now = (): number => (options.clock ?? Date).now() + advancedMs;
  const store = createStore(DOMAIN, now, options.commitDelayMs);
  for (const domain of options.domains ?? []) addCustomDomain(store, domain);
  const overrides = createHandlerOverrides();
  const registry = createServiceRegistry(options.services);
  const builtIn = createBuiltInHandlers(store, registry);
  const requests: RecordedRequest[] = [];
  const exchanges = new Exchanges();

  const [identity] = await Promise.all([createIdentity(options), fillStore(store, options.seed)]);
  let initial = saveStore(store);
  const closing = new AbortController();
  const executions = new Executions(store, {
    now,
    closed: closing.signal,
    webKey: () => toWebKey(findActiveWebKey(store)),
  });
  const random = createSeededRandom(options.randomSeed ?? 1);
  const { lag, conflicts } = options;
  const projections = lag === undefined ? undefined : new Projections(store, lag, random);
  let observer: ((event: LoggedEvent) => void) | undefined;
  store.events.watch((event) => {
    observer?.(event);
    projections?.onEvent(event);
    executions.onEvent(event);
  });
  let findEmulated = builtIn;
  if (conflicts !== undefined) {
    findEmulated = withConflicts(
      store,
      {
        share: conflicts,
        random,
        observe: async (note, run) => {
          observer = note;
          return await run().finally(() => {
            observer = undefined;
          });
        },
      },
      findEmulated,
    );
  }
  if (projections !== undefined) {
    findEmulated = withLag(projections, findEmulated, createBuiltInHandlers(projections.store, registry));
  }
  const routes: Routes = {
    store,
    registry,
    executions,
    tokenLifetimeSeconds: options.tokenLifetimeSeconds,
    systemUsers: createSystemUsers(options.systemUsers ?? [], () => url, now),
    findHandler: async (method) => {
      const own = overrides.find(method);
      const handle = own ?? (await findEmulated(method));
      return handle && { handle, isOwn: own !== undefined };
    },
    credentials: () => {
      projections?.catchUp();
      return projections?.store ?? store;
    },
  };
  const server = createInterceptedHandler(async (request) => {
    const response = await route(routes, request);
    // Node's own header uses the system clock, but assertions are checked against the emulator's.
    response.headers.set("date", new Date(now()).toUTCString());
    return response;
  });
  const port = await openPort(
    async (request) => {
      if (isForPage(request)) return (await import("./page/page.ts")).servePage(page, request);
      recordRequest(requests, request);
      return await exchanges.note(request, now(), () => server.handle(request));
    },
    identity,
    (request) => findReflection(request, registry),
    options.port,
  );
  const close = async (): Promise<void> => {
    closing.abort();
    await port.close();
  };
  const reset = (): void => {
    restoreStore(store, initial);
    projections?.reset();
    overrides.clear();
    server.clear();
    requests.length = 0;
    exchanges.clear();
    advancedMs = 0;
  };
  const page: PageContext = {
    store,
    exchanges,
    reset,
    advanceClock: (ms) => {
      advancedMs += ms;
    },
    cutConnections: () => port.cut(),
    failNext: () => {
      const undo = server.add(() => {
        undo();
        return respondText(503, "no healthy upstream");
      });
    },
  };
  const url = `${identity === undefined ? "http" : "https"}://${DOMAIN}:${port.number}`;
  return {
    url,
    ca: options.tls === true ? identity?.cert : undefined,
    get serviceUser() {
      return requireServiceUser(store);
    },
    requests,
    createServiceUser: async (user) => createServiceUser(store, user),
    createApplication: async (application) => createApplication(store, application),
    createProject: (project = {}) => createProject(store, project),
    createAuthorization: (authorization) => createAuthorization(store, authorization),
    rotateWebKey: async (algorithm) => {
      addActiveWebKey(store, algorithm);
    },
    handle: (service, handlers) => {
      const undo = overrides.add(service, handlers);
      registry.add(service);
      return undo;
    },
    intercept: server.add,
    callTarget: (target, delivery) =>
      sendWebhook(target, { webKey: toWebKey(findActiveWebKey(store)), at: now(), ...delivery }),
    revokeTokens: () => revokeIssuedTokens(store),
    snapshot: async () => (await import("./seed/seed.ts")).toState(store),
    restore: async (state) => {
      const fresh = createStore(DOMAIN, now, options.commitDelayMs);
      await fillStore(fresh, state, "restore()");
      initial = saveStore(fresh);
      reset();
    },
    reset,
    close,
    [Symbol.asyncDispose]: close,
  };
}

const KNOWN: Record<keyof EmulatorOptions, true> = {
  port: true,
  tls: true,
  clock: true,
  tokenLifetimeSeconds: true,
  domains: true,
  commitDelayMs: true,
  systemUsers: true,
  services: true,
  seed: true,
  lag: true,
  conflicts: true,
  randomSeed: true,
};

function checkEmulatorOptions(options: EmulatorOptions): void {
  requireObject("its argument", options, "{ tls: true }");
  requireKnown("", options, KNOWN);
  const { tls, clock, domains, commitDelayMs, systemUsers = [], services = [] } = options;
  if (typeof tls === "object") {
    requireKnown("tls", tls, { cert: true, key: true });
    requireString("tls.cert", tls.cert);
    requireString("tls.key", tls.key);
  } else requireBoolean("tls", tls);
  if (clock !== undefined) {
    requireObject("clock", clock, "{ now }");
    requireFunction("clock.now", clock.now ?? null);
  }
  requireNumber("port", options.port, { min: 0, max: 65_535 });
  requireNumber("tokenLifetimeSeconds", options.tokenLifetimeSeconds, { min: 0, fractions: true });
  if (domains !== undefined) requireStrings("domains", domains);
  requireFunction("commitDelayMs", commitDelayMs);
  if (options.lag !== "zitadel") {
    const given: unknown = options.lag;
    if (typeof given === "string") throw invalidOption("lag", describe(given), '"zitadel" or milliseconds');
    requireNumber("lag", given, { min: 0, fractions: true, unit: "milliseconds" });
  }
  requireNumber("conflicts", options.conflicts, { min: 0, max: 1, fractions: true });
  requireNumber("randomSeed", options.randomSeed, { min: 0 });
  if (!Array.isArray(services)) requireObject("services", services, "the services of your generated code");
  else if (services.some((service: { kind?: unknown } | undefined) => service?.kind !== "service")) {
    throw invalidOption("services", "an array of something else", "descriptors of services");
  }
  if (!Array.isArray(systemUsers)) throw invalidOption("systemUsers", describe(systemUsers), "an array");
  for (const user of systemUsers) {
    requireObject("an entry of systemUsers", user, "{ name, publicKey }");
    requireKnown("systemUsers", user, { name: true, publicKey: true });
  }
}

/** Fills the store with the state of a new instance, unless a snapshot replaces it, and then with the seed. */
async function fillStore(
  store: Store,
  seed: EmulatorState | undefined,
  caller = "startEmulator()",
): Promise<void> {
  const seeding = seed === undefined ? undefined : await import("./seed/seed.ts");
  if (seed !== undefined) seeding?.checkSeed(seed, caller);
  if (seed?.store === undefined) {
    addInitialObjects(store);
    store.serviceUser = createServiceUser(store, { username: "service-user", roles: ["IAM_OWNER"] });
    addInitialWebKeys(store);
  }
  if (seed !== undefined) seeding?.loadSeed(store, seed, caller);
}

function requireServiceUser({ serviceUser }: Store): ServiceUser {
  if (serviceUser === undefined) throw new Error("the restored state has no service user");
  return serviceUser;
}

async function createIdentity({ tls, domains }: EmulatorOptions): Promise<Identity | undefined> {
  if (tls === true) return await createSelfSignedIdentity(domains);
  return typeof tls === "object" ? tls : undefined;
}
