import type { DescMethod } from "@bufbuild/protobuf";
import { bytesField, messageOption } from "../descriptor/option-fields.ts";

/** What an RPC declares about its permission. */
export interface DeclaredPermission {
  readonly permission: string;
  /** The field of the request with the id of the project that the permission may be limited to. v1 only. */
  readonly checkField: string;
}

/** The extensions of method options in zitadel/options.proto and in zitadel/protoc_gen_zitadel/v2/options.proto. */
const AUTH_V1 = 50_000;
const OPTIONS_V2 = 50_001;

/** Anyone with a token may call it. */
const AUTHENTICATED = "authenticated";

const declared = new WeakMap<DescMethod, DeclaredPermission | null>();

/** The permission that an RPC checks before anything else; undefined if anyone may call it. */
export function declaredPermission(method: DescMethod): DeclaredPermission | undefined {
  const known = declared.get(method) ?? read(method) ?? null;
  declared.set(method, known);
  return known ?? undefined;
}

function read({ proto }: DescMethod): DeclaredPermission | undefined {
  const option =
    messageOption(proto.options, AUTH_V1) ?? bytesField(messageOption(proto.options, OPTIONS_V2), 1);
  const permission = Buffer.from(bytesField(option, 1) ?? "").toString();
  if (permission === "" || permission === AUTHENTICATED) return undefined;
  return { permission, checkField: Buffer.from(bytesField(option, 2) ?? "").toString() };
}
