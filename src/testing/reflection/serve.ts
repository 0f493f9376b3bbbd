import { type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { type ReflectionVersion, reflectionService } from "../../descriptor/reflection.ts";
import type { FindStreamHandler, StreamHandler } from "../net/http.ts";
import { handleGrpcStream } from "../rpc/grpc-stream.ts";
import { isServed, type ServiceRegistry } from "../rpc/service-registry.ts";
import { createConversation, type Described } from "./conversation.ts";
import { indexServices } from "./descriptor-index.ts";

const PATH = /^\/grpc\.reflection\.(v1|v1alpha)\.ServerReflection\/ServerReflectionInfo$/;

/** Finds the handler for gRPC server reflection, which needs no token. */
export function findReflection(
  { method, path, headers }: Parameters<FindStreamHandler>[0],
  registry: ServiceRegistry,
): StreamHandler | undefined {
  const [, version] = PATH.exec(path) ?? [];
  const isGrpc = /^application\/grpc(\+proto)?$/.test(headers.get("content-type") ?? "");
  if (version === undefined || method !== "POST" || !isGrpc) return undefined;
  return serveReflection(version as ReflectionVersion, registry);
}

function serveReflection(version: ReflectionVersion, registry: ServiceRegistry): StreamHandler {
  const { input, output } = reflectionService(version).method.serverReflectionInfo;
  return (headers, body) => {
    let conversation: Promise<ReturnType<typeof createConversation>> | undefined;
    return handleGrpcStream(headers, body, async (message) => {
      conversation ??= describe(registry).then((described) => createConversation(output, described));
      return toBinary(output, (await conversation)(decode(input, message).question));
    });
  };
}

function decode<T extends DescMessage>(schema: T, message: Uint8Array): MessageShape<T> {
  try {
    return fromBinary(schema, message);
  } catch (cause) {
    throw new ConnectError("grpc: error unmarshalling request", Code.Internal, undefined, undefined, cause);
  }
}

/** Describes the services. Called at the first request, since it loads their modules, and handlers may add services. */
async function describe(registry: ServiceRegistry): Promise<Described> {
  const services = await registry.all();
  const served = services.map(({ typeName }) => typeName).filter(isServed);
  return { served: served.sort(), index: indexServices(services) };
}
