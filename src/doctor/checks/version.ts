import { create, createFileRegistry, type DescMethod, type DescMethodUnary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, file_google_protobuf_empty } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { pinnedServices } from "../../client/pinned-services.ts";
import type { ServiceEntry, ServiceTree } from "../../client/service-tree.ts";
import { type ReflectionResponse, reflectionService } from "../../descriptor/reflection.ts";
import { createConnection } from "../../transport/connection.ts";
import { type Check, ok, warning } from "../check.ts";
import { connect, resolveWithoutAuth } from "../connect.ts";
import type { DoctorContext } from "../doctor-context.ts";

/** Checks that the server has the services of the client's API. */
export const version: Check = {
  name: "version",
  about: "whether the server has the services of the client's API, and which others it has",
  needs: ["first-call"],
  async run(context) {
    const transport = connect(context).createTransport({ interceptors: [] });
    const services = listEntries(pinnedServices).filter(({ typeName }) => typeName !== NEVER_SERVED);
    const served = await Promise.all(
      services.map((service) => isServed(transport, service, context.checkTimeoutMs)),
    );
    const missing = services.filter((_service, index) => served[index] === false);
    const more = await findMore(context);
    if (missing.length === 0)
      return ok(`the server has all ${services.length} services of the client's API${more}`);
    return warning(
      `The server lacks ${missing.length} of the ${services.length} services of the client's API: ${missing.map(({ typeName }) => typeName).join(", ")}${more}`,
      "Do not call them, or generate the clients from the instance: npx zitadel-connect generate.",
    );
  },
};

/** In the API, but implemented by no version of the server. */
const NEVER_SERVED = "zitadel.analytics.v2beta.TelemetryService";

function listEntries(tree: ServiceTree): ServiceEntry[] {
  return Object.values(tree).flatMap((node) =>
    typeof node.load === "function" ? [node as ServiceEntry] : listEntries(node as ServiceTree),
  );
}

/** Sends a read without a token: a server that has the service refuses, one that lacks it returns `unimplemented`. */
async function isServed(
  transport: Transport,
  { typeName, methods }: ServiceEntry,
  timeoutMs: number,
): Promise<boolean> {
  const name = methods.find((one) => /^(list|search)/.test(one)) ?? methods.find((one) => /^get/.test(one));
  try {
    await transport.unary(
      createProbe(typeName, name ?? methods[0] ?? ""),
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

/**
 * The services that the server has and the client's API lacks, and how to get them. Empty if the server cannot be
 * asked.
 */
async function findMore(context: DoctorContext): Promise<string> {
  const known = new Set(listEntries(pinnedServices).map(({ typeName }) => typeName));
  const more = (await listServices(context)).filter(
    (name) => name.startsWith("zitadel.") && !known.has(name),
  );
  if (more.length === 0) return "";
  return `; it has ${more.length} more, for which \`npx zitadel-connect generate --from ${context.origin}\` makes clients: ${more.sort().join(", ")}`;
}

/** Uses server reflection, in either version. Empty if gRPC, which reflection needs, does not get through. */
async function listServices(context: DoctorContext): Promise<string[]> {
  if (context.httpVersion === "1.1") return [];
  const connection = createConnection({ ...resolveWithoutAuth(context), protocol: "grpc" });
  const transport = connection.createTransport({ interceptors: [] });
  try {
    for (const version of ["v1", "v1alpha"] as const) {
      const method = toUnary(reflectionService(version).method.serverReflectionInfo);
      const question = { question: { case: "listServices", value: "" } };
      const response = await transport
        .unary(method, undefined, context.checkTimeoutMs, undefined, question, undefined)
        .then(({ message }) => (message as ReflectionResponse).response)
        .catch(() => undefined);
      if (response?.case === "services") return response.value.service.map(({ name }) => name);
    }
    return [];
  } finally {
    connection.close();
  }
}

/** In gRPC, a stream with one message each way looks like a unary call. */
function toUnary(method: DescMethod): DescMethodUnary {
  return { ...method, methodKind: "unary" } as DescMethodUnary;
}

/** The part of a descriptor that a request without content needs. Loading the real descriptors takes a while. */
function createProbe(typeName: string, localName: string): DescMethodUnary {
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
