import type { DescFile, DescMethod } from "@bufbuild/protobuf";
import { methodName } from "../descriptor/method-name.ts";

/** The maximum number of names in a note. */
const MAX_NAMES = 10;

/** Notes about the RPCs of an API that stream. */
export function createStreamNotes(files: Iterable<DescFile>): string[] {
  const methods = [...files].flatMap(({ services }) => services.flatMap((service) => service.methods));
  const responses = methods.filter(({ methodKind }) => methodKind === "server_streaming");
  const requests = methods.filter(({ methodKind }) => /^(client|bidi)_streaming$/.test(methodKind));
  return [
    ...(responses.length === 0 ? [] : [`These RPCs stream their responses: ${listNames(responses)}.`]),
    ...(requests.length === 0
      ? []
      : [
          `These RPCs stream their requests, which clients do not support; calling them throws: ${listNames(requests)}.`,
        ]),
  ];
}

function listNames(methods: readonly DescMethod[]): string {
  const names = methods.map(methodName).sort();
  const more = names.length - MAX_NAMES;
  return [...names.slice(0, MAX_NAMES), ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
}
