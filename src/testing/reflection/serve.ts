import {
  create,
  type DescFile,
  type DescMessage,
  fromBinary,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { GenMessage } from "@bufbuild/protobuf/codegenv2";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  type ReflectionRequest,
  type ReflectionResponse,
  type ReflectionVersion,
  reflectionService,
} from "../../descriptor/reflection.ts";
import type { FindStreamHandler, StreamHandler } from "../net/http.ts";
import { handleGrpcStream } from "../rpc/grpc-stream.ts";
import { isServed, type ServiceRegistry } from "../rpc/service-registry.ts";
import { type DescriptorIndex, indexServices, withImports } from "./descriptor-index.ts";

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

/** Describes the services. Called on the first request, since it loads their modules, and handlers may add services. */
async function describe(registry: ServiceRegistry): Promise<Described> {
  const services = await registry.all();
  const served = services.map(({ typeName }) => typeName).filter(isServed);
  return { served: served.sort(), index: indexServices(services) };
}

/** The services that reflection describes. */
export interface Described {
  /** The full names of the services, sorted. */
  readonly served: readonly string[];
  readonly index: DescriptorIndex;
}

/**
 * Creates the state of one reflection stream. Like gRPC's own servers, it sends a file with its imports, except those
 * that it has already sent.
 */
export function createConversation(
  schema: GenMessage<ReflectionResponse>,
  { served, index }: Described,
): (question: ReflectionRequest["question"]) => ReflectionResponse {
  const sent = new Set<DescFile>();
  const files = (file: DescFile | undefined, wanted: string): ReflectionResponse => {
    if (file === undefined) return error(Code.NotFound, `proto: not found: "${wanted}"`);
    const fresh = [...withImports(file)].filter((one) => one === file || !sent.has(one));
    for (const one of fresh) sent.add(one);
    const encoded = fresh.map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
    return create(schema, { response: { case: "files", value: { encoded } } });
  };
  const error = (code: Code, message: string): ReflectionResponse =>
    create(schema, { response: { case: "error", value: { code, message } } });

  return ({ case: kind, value }) => {
    switch (kind) {
      case "listServices": {
        const service = served.map((name) => ({ name }));
        return create(schema, { response: { case: "services", value: { service } } });
      }
      case "fileByFilename":
        return files(index.byName(value), value);
      case "fileContainingSymbol":
        return files(index.bySymbol(value), value);
      default:
        return error(Code.Unimplemented, "the emulator does not support this request");
    }
  };
}
