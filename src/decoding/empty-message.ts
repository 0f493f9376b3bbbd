import { create, type DescMessage, type Message } from "@bufbuild/protobuf";

/**
 * Makes what `create` of protobuf-es makes, from an object literal of our own. V8 learns for each literal in the code
 * how long its objects live. It sees those of protobuf-es stay, because they are first used for the descriptors, and
 * from then on it places all messages among the long-lived objects, where each keeps what it refers to until the next
 * full collection. That takes a quarter of the time of a call. An empty literal, as here, it learns nothing of.
 */
export function emptyMessages(type: DescMessage): () => Message {
  const example = create(type);
  // Defaults of fields that have a presence of their own are in the prototype.
  if (Object.getPrototypeOf(example) !== Object.prototype) return () => create(type);
  const names = Object.keys(example);
  const values = Object.values(example).map(reproduce);
  return () => {
    const message: Record<string, unknown> = {};
    for (let i = 0; i < names.length; i++) {
      const value = values[i];
      message[names[i] as string] = typeof value === "function" ? value() : value;
    }
    return message as Message;
  };
}

/** What is changed later is made anew for each message; the rest is a value. */
function reproduce(value: unknown): unknown {
  if (Array.isArray(value)) return () => [];
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return () => ({ ...value });
}
