import type { DescMethod, DescService } from "@bufbuild/protobuf";
import type { AnyHandler, Handlers } from "./handlers.ts";

/** The handlers that a test has given, the newest first. By name, since a service may have been generated twice. */
export interface OwnHandlers {
  add<S extends DescService>(service: S, handlers: Handlers<S>): () => void;
  find(method: DescMethod): AnyHandler | undefined;
  /** Takes all of them back. */
  clear(): void;
}

interface Layer {
  readonly typeName: string;
  readonly handlers: Readonly<Record<string, unknown>>;
}

/** No handlers yet. */
export function createOwnHandlers(): OwnHandlers {
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
