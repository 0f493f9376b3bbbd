/** A `KeyObject` of `node:crypto`, for programs that are compiled without the types of Node. */
export interface NodeKey {
  readonly type: "private" | "public" | "secret";
  readonly asymmetricKeyType?: string | undefined;
  export(options?: object): unknown;
}
