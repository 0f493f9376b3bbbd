import { create, createFileRegistry, type DescMethodUnary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, file_google_protobuf_empty } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { pinnedServices } from "../../client/pinned-services.ts";
import type { ServiceEntry, ServiceTree } from "../../client/service-tree.ts";
import { type Check, ok, warning } from "../check.ts";
import { connect } from "../connect.ts";

/** The server has the services of the client's API. */
export const version: Check = {
  name: "version",
  about: "whether the server has the services of the client's API",
  needs: ["first-call"],
  async run(context) {
    const transport = connect(context).createTransport({ interceptors: [] });
    const services = entriesOf(pinnedServices).filter(({ typeName }) => typeName !== NEVER_SERVED);
    const served = await Promise.all(
      services.map((service) => isServed(transport, service, context.checkTimeoutMs)),
    );
    const missing = services.filter((_service, index) => served[index] === false);
    if (missing.length === 0) return ok(`the server has all ${services.length} services of the client's API`);
    return warning(
      `The server lacks ${missing.length} of the ${services.length} services of the client's API: ${missing.map(({ typeName }) => typeName).join(", ")}`,
      "Do not call these; or generate the clients from the instance: npx zitadel-connect generate.",
    );
  },
};

/** In the API, and served by no version of the server. */
const NEVER_SERVED = "zitadel.analytics.v2beta.TelemetryService";

function entriesOf(tree: ServiceTree): ServiceEntry[] {
  return Object.values(tree).flatMap((node) =>
    typeof node.load === "function" ? [node as ServiceEntry] : entriesOf(node as ServiceTree),
  );
}

/** Asks for a read without a token, which a server that has it refuses, and one that lacks it does not know. */
async function isServed(
  transport: Transport,
  { typeName, methods }: ServiceEntry,
  timeoutMs: number,
): Promise<boolean> {
  const name = methods.find((one) => /^(list|search)/.test(one)) ?? methods.find((one) => /^get/.test(one));
  try {
    await transport.unary(
      probe(typeName, name ?? methods[0] ?? ""),
      undefined,
      timeoutMs,
      undefined,
      {},
      undefined,
    );
    return true;
  } catch (error) {
    if (error instanceof ConnectError) return error.code !== Code.Unimplemented;
    throw error;
  }
}

/** As much of a descriptor as a request without a body needs. The real ones take a while to load. */
function probe(typeName: string, localName: string): DescMethodUnary {
  const dot = typeName.lastIndexOf(".");
  const empty = ".google.protobuf.Empty";
  const method = {
    name: localName.replace(/^./, (letter) => letter.toUpperCase()),
    inputType: empty,
    outputType: empty,
  };
  const file = create(FileDescriptorProtoSchema, {
    name: "probe.proto",
    syntax: "proto3",
    package: typeName.slice(0, dot),
    dependency: ["google/protobuf/empty.proto"],
    service: [{ name: typeName.slice(dot + 1), method: [method] }],
  });
  const service = createFileRegistry(file, () => file_google_protobuf_empty).getService(typeName);
  const [descriptor] = service?.methods ?? [];
  if (descriptor?.methodKind !== "unary") throw new TypeError(`${typeName} cannot be asked`);
  return descriptor as DescMethodUnary;
}
