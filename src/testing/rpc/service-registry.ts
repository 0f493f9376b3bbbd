import type { DescMethodUnary, DescService } from "@bufbuild/protobuf";
import { services as pinnedServices } from "../../../gen/services.js";

/**
 * Services that you have generated: the `services` of your code, as for `createZitadel()`, or the descriptors
 * themselves.
 */
export type GeneratedServices = GeneratedTree | readonly DescService[];

/** Services by package path. */
export interface GeneratedTree {
  readonly [segment: string]: GeneratedTree | GeneratedService;
}

/** A service of generated code: its name, and how to import it. */
export interface GeneratedService {
  readonly typeName: string;
  /** Imports the descriptor. Its type is that of the generated code; comparing it with `DescService` is slow. */
  load(): Promise<object>;
}

/** The services that the emulator knows: the pinned ones, and the given ones, which take precedence. */
export interface ServiceRegistry {
  find(typeName: string): Promise<DescService | undefined>;
  add(service: DescService): void;
  /** Whether its descriptor was given. The fields of its messages may then differ from those of the pinned types. */
  isGiven(typeName: string): boolean;
  /** All services, including those that are declared but not served. */
  all(): Promise<DescService[]>;
  /** All served RPCs, as `/<service>/<method>`. */
  methods(): Promise<ReadonlySet<string>>;
}

/** Creates a registry. Modules are loaded on the first call of their service. */
export function createServiceRegistry(given: GeneratedServices = []): ServiceRegistry {
  const added = new Map<string, DescService>();
  const pinned = indexByName(pinnedServices);
  const generated = indexByName(given);
  const load = async (service: GeneratedService | undefined): Promise<DescService | undefined> =>
    // `load()` of generated code returns a descriptor.
    (await service?.load()) as DescService | undefined;
  const find = async (typeName: string): Promise<DescService | undefined> =>
    added.get(typeName) ?? (await load(generated.get(typeName) ?? pinned.get(typeName)));
  const all = async (): Promise<DescService[]> => {
    const names = new Set([...pinned.keys(), ...generated.keys(), ...added.keys()]);
    const found = await Promise.all([...names].map(find));
    return found.filter((service) => service !== undefined);
  };
  return {
    find,
    add: (service) => {
      added.set(service.typeName, service);
    },
    isGiven: (typeName) => added.has(typeName) || generated.has(typeName),
    all,
    methods: async () => {
      const served = (await all()).filter(({ typeName }) => isServed(typeName));
      return new Set(served.flatMap((one) => one.methods.map(({ name }) => `/${one.typeName}/${name}`)));
    },
  };
}

/** Whether the server serves a service. The API declares one that it does not serve. */
export function isServed(typeName: string): boolean {
  return typeName !== "zitadel.analytics.v2beta.TelemetryService";
}

/** Finds an RPC. All RPCs of Zitadel are unary. */
export function findMethod(service: DescService | undefined, name: string): DescMethodUnary | undefined {
  const method = service?.methods.find((one) => one.name === name);
  return method?.methodKind === "unary" ? (method as DescMethodUnary) : undefined;
}

function indexByName(services: GeneratedServices): Map<string, GeneratedService> {
  const all = isList(services)
    ? services.map((service) => ({ typeName: service.typeName, load: async () => service }))
    : listLeaves(services);
  return new Map(all.map((service) => [service.typeName, service]));
}

function isList(services: GeneratedServices): services is readonly DescService[] {
  return Array.isArray(services);
}

function listLeaves(tree: GeneratedTree): GeneratedService[] {
  return Object.values(tree).flatMap((node) => (isService(node) ? [node] : listLeaves(node)));
}

function isService(node: GeneratedTree | GeneratedService): node is GeneratedService {
  return typeof node.load === "function";
}
