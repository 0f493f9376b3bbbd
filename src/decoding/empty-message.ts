import { create, type DescMessage, type Message } from "@bufbuild/protobuf";

/**
 * Makes what `create` of protobuf-es makes, as a copy of one made before: since V8 13 that takes a quarter of the time
 * of setting field after field, and before as much. Nothing in here is a literal with content, because V8 learns for each
 * of those how long its objects live. It sees those of protobuf-es stay, because they are first used for the descriptors,
 * and from then on it places all messages among the long-lived objects, where each keeps what it refers to until the next
 * full collection.
 */
export function emptyMessages(type: DescMessage): () => Message {
  const example = create(type);
  // Defaults of fields that have a presence of their own are in the prototype.
  if (Object.getPrototypeOf(example) !== Object.prototype) return () => create(type);
  const values: Record<string, unknown> = Object.assign({}, example);
  // What is changed later is made anew for each message; the rest is a value.
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
