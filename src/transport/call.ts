import type { DescMessage, DescMethodUnary, MessageShape } from "@bufbuild/protobuf";
import type { ContextValues, UnaryResponse } from "@connectrpc/connect";
import type { Lifetime } from "./call/lifetime.ts";

/** A call on its way through the layers. Each layer is a {@link CallFn} around the next. */
export interface Call<I extends DescMessage = DescMessage, O extends DescMessage = DescMessage> {
  readonly method: DescMethodUnary<I, O>;
  readonly message: MessageShape<I>;
  readonly header: Headers | undefined;
  /** The value of `authorization`, unless `header` has one. Apart from it, since it differs between attempts. */
  readonly authorization?: string | undefined;
  readonly contextValues: ContextValues;
  readonly lifetime: Lifetime;
  readonly progress: CallProgress;
}

/** What has become of a call so far, over all its attempts. */
export interface CallProgress {
  attempts: number;
  /** A request went out of which it is not proven that the server ran it not. */
  sent: boolean;
}

export type CallFn = (call: Call) => Promise<UnaryResponse>;
