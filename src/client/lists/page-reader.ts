import type { DescField, DescMethodUnary, Message } from "@bufbuild/protobuf";
import { fieldValue } from "../../descriptor/field-value.ts";
import { hasErrorId } from "../../errors/guards.ts";
import type { CallOptions } from "../call-options.ts";
import { type ListShape, listShape } from "./list-shape.ts";
import type { PageRequest } from "./page-request.ts";

/** An RPC that lists, ready to be called. */
export interface ListRpc {
  readonly method: DescMethodUnary;
  call(request: object | undefined, options: CallOptions | undefined): Promise<object>;
}

/** A page as it was read. */
export interface ReadPage {
  readonly response: Message;
  readonly items: readonly unknown[];
  /** The identities of the items, in the same order. */
  readonly ids: readonly string[];
  /** How many items the list has, as far as the server says. Zitadel says 0 beyond the end of a list. */
  readonly total: number;
  /** How many items it had at most. */
  readonly limit: number;
}

/** Zitadel's error for a limit above the maximum that the instance is configured with. */
const LIMIT_TOO_HIGH = "QUERY-4M0fs";

/** Reads pages, never of more items than the server allows. */
export class PageReader {
  readonly shape: ListShape;
  readonly request: PageRequest;
  /** How many items are asked for at once. */
  limit: number;
  /** Whether the server allows no more than `limit`. */
  capped = false;
  readonly #rpc: ListRpc;
  readonly #options: CallOptions;

  constructor(rpc: ListRpc, request: PageRequest, limit: number, options: CallOptions) {
    this.shape = listShape(rpc.method);
    this.request = request;
    this.limit = limit;
    this.#rpc = rpc;
    this.#options = options;
  }

  /** Reads the page at a position. */
  async read(position: bigint): Promise<ReadPage> {
    for (;;) {
      try {
        const request = this.request.at(position, this.limit);
        return this.#page((await this.#rpc.call(request, this.#options)) as Message);
      } catch (error) {
        if (!(hasErrorId(error, LIMIT_TOO_HIGH) && this.limit > 1)) throw error;
        this.cap(Math.floor(this.limit / 2));
      }
    }
  }

  /** Takes note that the server allows no more. */
  cap(limit: number): void {
    this.limit = limit;
    this.capped = true;
  }

  #page(response: Message): ReadPage {
    const { items: field, identify, total, appliedLimit } = this.shape;
    const applied = numberAt(response, appliedLimit);
    if (applied > 0 && applied < this.limit) this.cap(applied);
    const items = fieldValue(response, field) as readonly unknown[];
    const ids = distinct(items.map(identify));
    return { response, items, ids, total: numberAt(response, total), limit: this.limit };
  }
}

function numberAt(message: Message, path: readonly DescField[]): number {
  let value: unknown = message;
  for (const field of path) value = value === undefined ? undefined : fieldValue(value, field);
  return path.length === 0 ? 0 : Number(value ?? 0);
}

/** One answer has no object twice: items in it that cannot be told apart by identity are told apart by number. */
function distinct(ids: readonly string[]): string[] {
  if (new Set(ids).size === ids.length) return [...ids];
  const counts = new Map<string, number>();
  return ids.map((id) => {
    const count = (counts.get(id) ?? 0) + 1;
    counts.set(id, count);
    return count === 1 ? id : `${id}\n#${count}`;
  });
}
