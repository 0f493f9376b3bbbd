import { inspect } from "node:util";
import fc from "fast-check";

const refuse = (): never => {
  throw new Error("no");
};

/** A proxy that throws on every operation. */
const refusing = (target: object): object =>
  new Proxy(
    target,
    Object.fromEntries(
      Object.getOwnPropertyNames(Reflect).map((trap) => [trap, refuse]),
    ) as ProxyHandler<object>,
  );

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function withGetters(error: object): object {
  for (const name of ["message", "name", "code", "cause", "stack", "toString"]) {
    Object.defineProperty(error, name, { get: refuse, enumerable: true });
  }
  return error;
}

/** A copy without a prototype, as vitest makes of the cause of an error. */
const copied = Object.assign(Object.create(null), {
  message: "copied",
  name: "AuthError",
  code: "invalid_grant",
});

const round = new Error("round");
round.cause = { cause: round, message: "and round" };

/** What may be thrown, or be the cause of an error. */
export const hostile: readonly unknown[] = [
  null,
  Symbol("symbol"),
  10n,
  () => 1,
  class {},
  Object.create(null),
  copied,
  round,
  withGetters({}),
  withGetters(new Error("x")),
  { toString: refuse, [Symbol.toPrimitive]: refuse },
  { toString: () => ({}) },
  { [inspect.custom]: refuse },
  {
    get [Symbol.toStringTag]() {
      return refuse();
    },
  },
  Object.assign(new Error("x"), { message: Symbol("not a text"), name: 5, code: {}, stack: 5 }),
  Object.assign(new Error("x"), { stack: undefined, name: null }),
  new Error("x".repeat(500_000)),
  new Array(500_000).fill("x"),
  new Uint8Array(500_000),
];

/** Proxies that even throw on instanceof. */
export const proxies: readonly unknown[] = [
  refusing({}),
  refusing(new Error("x")),
  refusing(() => 1),
  revoked(),
];

/** All other values. */
export const anything: fc.Arbitrary<unknown> = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
});
