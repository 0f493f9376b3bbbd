import type { DescMethodUnary, DescService } from "@bufbuild/protobuf";
import { services } from "../../../gen/services.js";

/** The services that the emulator knows, by full name: those of the API, and those it was given handlers for. */
export interface ServiceRegistry {
  find(typeName: string): Promise<DescService | undefined>;
  add(service: DescService): void;
  /** All of them, those that are declared and not served included. */
  all(): Promise<DescService[]>;
}

interface Leaf {
  readonly typeName: string;
  load(): Promise<DescService>;
}

/** Modules are loaded when their service is called first. */
export function createServiceRegistry(): ServiceRegistry {
  const added = new Map<string, DescService>();
  const leaves = new Map(leavesOf(services).map((leaf) => [leaf.typeName, leaf]));
  return {
    find: async (typeName) => added.get(typeName) ?? (await leaves.get(typeName)?.load()),
    add: (service) => {
      added.set(service.typeName, service);
    },
    all: async () => {
      const loaded = await Promise.all([...leaves.values()].map((leaf) => leaf.load()));
      return [...new Map([...loaded, ...added.values()].map((one) => [one.typeName, one])).values()];
    },
  };
}

/** Whether calls of a service get there: of one that the API has they never do. */
export function isServed(typeName: string): boolean {
  return typeName !== "zitadel.analytics.v2beta.TelemetryService";
}

/** All RPCs of the API that are served, as `/<service>/<method>`. */
export async function pinnedMethods(): Promise<ReadonlySet<string>> {
  const loaded = await Promise.all(leavesOf(services).map((leaf) => leaf.load()));
  const served = loaded.filter(({ typeName }) => isServed(typeName));
  return new Set(served.flatMap((one) => one.methods.map(({ name }) => `/${one.typeName}/${name}`)));
}

/** Every RPC of Zitadel is unary. */
export function findMethod(service: DescService | undefined, name: string): DescMethodUnary | undefined {
  const method = service?.methods.find((one) => one.name === name);
  return method?.methodKind === "unary" ? (method as DescMethodUnary) : undefined;
}

function leavesOf(tree: object): Leaf[] {
  return Object.entries(tree).flatMap(([name, value]) =>
    name === "$service" ? [value as Leaf] : leavesOf(value as object),
  );
}
