import { create, type DescMethodUnary, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";

export interface GrpcCall<M extends DescMethodUnary> {
  readonly request: MessageShape<M["input"]>;
  readonly metadata: grpc.Metadata;
}

/** A method and its outcome: a message, or an error. Both may have metadata for the trailers. */
export interface GrpcMethod<M extends DescMethodUnary = DescMethodUnary> {
  readonly method: M;
  readonly handle: (call: GrpcCall<M>) => {
    message?: Record<string, unknown>;
    error?: grpc.ServiceError;
    trailer?: grpc.Metadata;
  };
}

/** A server of grpc-js, a widely used implementation of gRPC. */
export async function startGrpcServer(
  methods: readonly GrpcMethod[],
): Promise<AsyncDisposable & { origin: string }> {
  const unlimited = { "grpc.max_receive_message_length": -1, "grpc.default_compression_algorithm": 2 };
  const server = new grpc.Server(unlimited);
  for (const { method, handle } of methods) {
    const path = `/${method.parent.typeName}/${method.name}`;
    const definition = {
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: (bytes: Buffer) => bytes,
      requestDeserialize: (bytes: Buffer) => bytes,
      responseSerialize: (bytes: Buffer) => bytes,
      responseDeserialize: (bytes: Buffer) => bytes,
    };
    const implementation: grpc.handleUnaryCall<Buffer, Buffer> = (call, callback) => {
      const request = fromBinary(method.input, call.request);
      const { message, error, trailer } = handle({ request, metadata: call.metadata });
      if (error !== undefined)
        callback({ ...error, ...(trailer === undefined ? {} : { metadata: trailer }) });
      else
        callback(null, Buffer.from(toBinary(method.output, create(method.output, message ?? {}))), trailer);
    };
    server.addService({ [method.name]: definition }, { [method.name]: implementation });
  }
  const port = await new Promise<number>((resolve, reject) => {
    const credentials = grpc.ServerCredentials.createInsecure();
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return {
    origin: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
  };
}
