import type { DescMethodUnary, DescService } from "@bufbuild/protobuf";
import { services as pinnedServices } from "../../../gen/services.js";

/**
 * Services that a program has generated: the `services` of its code, as `createZitadel()` takes them, or the
 * descriptors themselves.
 */
export type GeneratedServices = GeneratedTree | readonly DescService[];

/** Services by the path of their package. */
export interface GeneratedTree {
  readonly [segment: string]: GeneratedTree | GeneratedService;
}

/** A service of generated code: its name, and how to import it. */
export interface GeneratedService {
  readonly typeName: string;
  /** Imports the descriptor. Its type is that of the generated code; comparing it with `DescService` is slow. */
  load(): Promise<object>;
}

/** The services that the emulator knows, by full name: those of the pin, and those that it was given, which count more. */
export interface ServiceRegistry {
  find(typeName: string): Promise<DescService | undefined>;
  add(service: DescService): void;
  /** Whether its descriptor is not the pin's, so that messages may have other fields than the pin's types. */
  isGiven(typeName: string): boolean;
  /** All of them, those that are declared and not served included. */
  all(): Promise<DescService[]>;
  /** All RPCs that are served, as `/<service>/<method>`. */
  methods(): Promise<ReadonlySet<string>>;
}

/** Modules are loaded when their service is called first. */
export function createServiceRegistry(given: GeneratedServices = []): ServiceRegistry {
  const added = new Map<string, DescService>();
  const pinned = byName(pinnedServices);
  const generated = byName(given);
  const load = async (service: GeneratedService | undefined): Promise<DescService | undefined> =>
    // What generated code loads for a service is its descriptor.
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

/** Whether calls of a service get there: of one that the API has they never do. */
export function isServed(typeName: string): boolean {
  return typeName !== "zitadel.analytics.v2beta.TelemetryService";
}

/** Every RPC of Zitadel is unary. */
export function findMethod(service: DescService | undefined, name: string): DescMethodUnary | undefined {
  const method = service?.methods.find((one) => one.name === name);
  return method?.methodKind === "unary" ? (method as DescMethodUnary) : undefined;
}

function byName(services: GeneratedServices): Map<string, GeneratedService> {
  const all = isList(services)
    ? services.map((service) => ({ typeName: service.typeName, load: async () => service }))
    : leavesOf(services);
  return new Map(all.map((service) => [service.typeName, service]));
}

function isList(services: GeneratedServices): services is readonly DescService[] {
  return Array.isArray(services);
}

function leavesOf(tree: GeneratedTree): GeneratedService[] {
  return Object.values(tree).flatMap((node) => (isService(node) ? [node] : leavesOf(node)));
}

function isService(node: GeneratedTree | GeneratedService): node is GeneratedService {
  return typeof node.load === "function";
}
