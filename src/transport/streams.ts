import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { StreamResponse } from "@connectrpc/connect";

/** How reading a stream ended: all was read, reading failed, or the reader stopped early. */
export type StreamEnd =
  | { readonly how: "complete" | "stopped" }
  | { readonly how: "failed"; readonly error: unknown };

/**
 * A response whose messages are read through this: `onEnd` is called once, when reading ends. What it returns for a
 * failure is thrown in its place. `onMessage` sees each message before its reader does.
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
    // Known at the end only.
    get trailer() {
      return response.trailer;
    },
    message: untilEnd(response.message[Symbol.asyncIterator](), onEnd, onMessage),
  };
}

/** No generator, which would do nothing when it is left before it is begun, or while it waits. */
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
      // Whatever it was waiting for, nobody wants it any more.
      await messages.return?.().catch(() => {});
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Resolves when the first message is there, or the end. Rejects where neither comes. */
export async function whenStarted<T>(messages: AsyncIterator<T>): Promise<AsyncIterable<T>> {
  const first = await messages.next();
  async function* all(): AsyncGenerator<T> {
    for (let result = first; result.done !== true; result = await messages.next()) yield result.value;
  }
  return all();
}

/** One message as a stream, as Connect wants requests. */
export async function* toStream<T>(message: T): AsyncGenerator<T> {
  yield message;
}

/** The one message of a stream that Connect gives for a request. */
export async function fromStream<T>(messages: AsyncIterable<T>): Promise<T | undefined> {
  for await (const message of messages) return message;
  return undefined;
}
