import type { DescMethod, DescService } from "@bufbuild/protobuf";
import type { AnyHandler, Handlers } from "./handlers.ts";

/** The handlers of a test, newest first. By name, since a service may have been generated twice. */
export interface HandlerOverrides {
  add<S extends DescService>(service: S, handlers: Handlers<S>): () => void;
  find(method: DescMethod): AnyHandler | undefined;
  /** Removes all handlers. */
  clear(): void;
}

interface Layer {
  readonly typeName: string;
  readonly handlers: Readonly<Record<string, unknown>>;
}

/** Creates an empty set of handlers. */
export function createHandlerOverrides(): HandlerOverrides {
  const layers: Layer[] = [];
  return {
    add: ({ typeName, method }, handlers) => {
      const unknown = Object.keys(handlers).find((name) => method[name] === undefined);
      if (unknown !== undefined) throw new TypeError(`${typeName} has no RPC ${unknown}`);
      const layer: Layer = { typeName, handlers };
      layers.unshift(layer);
      return () => {
        if (layers.includes(layer)) layers.splice(layers.indexOf(layer), 1);
      };
    },
    clear: () => {
      layers.length = 0;
    },
    find: ({ parent, localName }) => {
      const layer = layers.find(
        (one) => one.typeName === parent.typeName && Object.hasOwn(one.handlers, localName),
      );
      return layer?.handlers[localName] as AnyHandler | undefined;
    },
  };
}
