import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { StreamResponse } from "@connectrpc/connect";

/** How reading a stream ended: all was read, reading failed, or the reader stopped early. */
export type StreamEnd =
  | { readonly how: "complete" | "stopped" }
  | { readonly how: "failed"; readonly error: unknown };

/**
 * Wraps a response whose messages are read one by one: `onEnd` is called once, when reading ends; if it returns an error for
 * a failure, that is thrown instead. `onMessage` gets each message before the reader does.
 */
export function withStreamEnd<I extends DescMessage, O extends DescMessage>(
  response: StreamResponse<I, O>,
  onEnd: (end: StreamEnd) => unknown,
  onMessage?: (message: MessageShape<O>) => void,
): StreamResponse<I, O> {
  const { service, method, header } = response;
  return {
    stream: true,
    service,
    method,
    header,
    // Only known at the end.
    get trailer() {
      return response.trailer;
    },
    message: untilEnd(response.message[Symbol.asyncIterator](), onEnd, onMessage),
  };
}

/** Not a generator: its `return()` would do nothing before the first `next()`, and would wait for a pending one. */
function untilEnd<T>(
  messages: AsyncIterator<T>,
  onEnd: (end: StreamEnd) => unknown,
  onMessage: ((message: T) => void) | undefined,
): AsyncIterableIterator<T> {
  let ended = false;
  const end = (how: StreamEnd): unknown => {
    const first = !ended;
    ended = true;
    return first ? onEnd(how) : undefined;
  };
  return {
    async next() {
      try {
        const result = await messages.next();
        if (result.done === true) end({ how: "complete" });
        else onMessage?.(result.value);
        return result;
      } catch (error) {
        throw end({ how: "failed", error }) ?? error;
      }
    },
    async return() {
      end({ how: "stopped" });
      // Nobody will read a pending message.
      await messages.return?.().catch(() => {});
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Resolves with the first message or the end. Rejects if neither comes. */
export async function whenStarted<T>(messages: AsyncIterator<T>): Promise<AsyncIterable<T>> {
  const first = await messages.next();
  async function* all(): AsyncGenerator<T> {
    for (let result = first; result.done !== true; result = await messages.next()) yield result.value;
  }
  return all();
}

/** One message as a stream, the form that Connect requires for requests. */
export async function* toStream<T>(message: T): AsyncGenerator<T> {
  yield message;
}

/** The only message of a request that Connect passes as a stream. */
export async function fromStream<T>(messages: AsyncIterable<T>): Promise<T | undefined> {
  for await (const message of messages) return message;
  return undefined;
}
