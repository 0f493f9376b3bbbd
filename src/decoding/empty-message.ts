import { create, type DescMessage, type Message } from "@bufbuild/protobuf";

/**
 * Creates what `create` of protobuf-es creates, but by copying a message. Since V8 13, that takes a quarter of the time
 * of setting each field; before, the same. No object literal with content is used here, because V8 learns
 * for each literal how long its objects live. Those of protobuf-es live long, because they are first used for
 * descriptors; from then on V8 would allocate all messages among the long-lived objects, where each keeps what it
 * refers to alive until the next full collection.
 */
export function emptyMessages(type: DescMessage): () => Message {
  const example = create(type);
  // Defaults of fields with explicit presence are in the prototype.
  if (Object.getPrototypeOf(example) !== Object.prototype) return () => create(type);
  const values: Record<string, unknown> = Object.assign({}, example);
  // Mutable values are created for each message; the others can be shared.
  const take = (is: (value: unknown) => boolean) => {
    const names = Object.keys(values).filter((name) => is(values[name]));
    for (const name of names) values[name] = undefined;
    return names;
  };
  const lists = take(Array.isArray);
  const oneofs = take((value) => isPlainObject(value) && "case" in value);
  const maps = take(isPlainObject);
  return () => {
    const message: Record<string, unknown> = Object.assign({}, values);
    for (let i = 0; i < lists.length; i++) message[lists[i] as string] = list();
    for (let i = 0; i < oneofs.length; i++) message[oneofs[i] as string] = unsetOneof();
    for (let i = 0; i < maps.length; i++) message[maps[i] as string] = {};
    return message as Message;
  };
}

function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !(value instanceof Uint8Array);
}

function list(...items: unknown[]): unknown[] {
  return items;
}

function unsetOneof(): { case?: undefined } {
  const oneof: { case?: undefined } = {};
  oneof.case = undefined;
  return oneof;
}
