import assert from "node:assert/strict";
import { connect } from "node:http2";
import { buffer } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { TelemetryService } from "../../gen/zitadel/analytics/v2beta/telemetry_service_pb.js";
import { UserService } from "../../gen/zitadel/user/v2/user_service_pb.js";
import { readApi } from "../../src/codegen/read-api.ts";
import { parseSource } from "../../src/codegen/sources/parse-source.ts";
import { collectFiles } from "../../src/codegen/sources/reflection/collect.ts";
import {
  Conversation,
  type Question,
  type ReflectionResult,
} from "../../src/codegen/sources/reflection/conversation.ts";
import { type Emulator, startEmulator } from "../../src/testing/index.ts";
import { openSession } from "../../src/transport/http2/open-session.ts";
import { recorded } from "../codegen/support/recorded.ts";

const UNSERVED = TelemetryService.typeName;

describe("the emulator's reflection", () => {
  let emulator: Emulator;
  before(async () => {
    emulator = await startEmulator();
  });
  after(() => emulator.close());

  const talk = async <T>(
    version: "v1" | "v1alpha",
    use: (open: () => Conversation) => Promise<T>,
  ): Promise<T> => {
    const signal = AbortSignal.timeout(20_000);
    const session = await openSession(
      { dial: { origin: emulator.url, tls: {}, proxy: "none" }, acceptHttp1: false },
      signal,
    );
    try {
      return await use(
        () => new Conversation(session, { origin: emulator.url, version, headers: new Headers(), signal }),
      );
    } finally {
      session.http2.destroy();
    }
  };
  const ask = async (...questions: Question[]): Promise<ReflectionResult[]> =>
    await talk("v1", async (open) => {
      const conversation = open();
      const responses = await conversation.ask(questions);
      await conversation.end();
      return responses;
    });

  it("describes the whole API, and reports what it does not serve", async () => {
    const api = await readApi(parseSource(emulator.url, { directory: "." }));
    const services = api.files.flatMap((file) => file.services);
    assert.equal(services.length, recorded.services);
    assert.equal(services.flatMap(({ methods }) => methods).length, recorded.rpcs);
    assert.deepEqual(api.notes, [`${UNSERVED} is declared there but not served: calling it will fail.`]);
  });

  it("describes itself over TLS", async () => {
    await using secure = await startEmulator({ tls: true });
    const instance = { tls: { ca: secure.ca } };
    const { files } = await readApi(parseSource(secure.url, { directory: ".", instance }));
    assert.equal(files.flatMap((file) => file.services).length, recorded.services);
  });

  for (const version of ["v1", "v1alpha"] as const) {
    it(`lists in ${version} the services that it serves, and describes them completely`, async () => {
      const { files, served, undescribed } = await talk(version, (open) => collectFiles(open, [], () => {}));
      assert.equal(served.size, 29);
      assert.ok(!served.has(UNSERVED));
      assert.deepEqual(undescribed, []);
      const methods = files.flatMap((file) =>
        file.service
          .filter(({ name }) => served.has(`${file.package}.${name}`))
          .flatMap(({ method }) => method),
      );
      const unserved = TelemetryService.methods.length;
      assert.equal(methods.length, recorded.rpcs - unserved);
    });
  }

  it("returns a file's own bytes, by its name and by the symbols in it", async () => {
    const { file } = UserService;
    const symbols = [
      "zitadel.user.v2.UserService",
      "zitadel.user.v2.UserService.AddHumanUser",
      "zitadel.user.v2.AddHumanUserRequest",
      "zitadel.user.v2.AddHumanUserRequest.user_id",
    ];
    const responses = await ask(
      { case: "fileByFilename", value: file.proto.name },
      ...symbols.map((value): Question => ({ case: "fileContainingSymbol", value })),
    );
    const bytes = Buffer.from(toBinary(FileDescriptorProtoSchema, file.proto));
    for (const [i, response] of responses.entries()) {
      assert.ok(response.case === "files", symbols[i - 1]);
      const [first] = response.value.encoded;
      assert.ok(first !== undefined && bytes.equals(first), symbols[i - 1]);
      // Its imports are included once.
      assert.equal(response.value.encoded.length > 1, i === 0);
    }
  });

  it("finds the values of an enum next to it", async () => {
    const [value, not] = await ask(
      { case: "fileContainingSymbol", value: "zitadel.user.v2.USER_STATE_ACTIVE" },
      { case: "fileContainingSymbol", value: "zitadel.user.v2.UserState.USER_STATE_ACTIVE" },
    );
    assert.equal(value?.case, "files");
    assert.equal(not?.case, "error");
  });

  it("responds with an error to an unknown name, and continues", async () => {
    const responses = await ask(
      { case: "fileByFilename", value: "absent.proto" },
      { case: "fileContainingSymbol", value: "zitadel.Absent" },
      { case: "listServices", value: "" },
    );
    assert.deepEqual(
      responses.map((response) => (response.case === "error" ? response.value.code : response.case)),
      [5, 5, "services"],
    );
  });

  it("ends a stream with a status where its messages are invalid", async () => {
    const status = (frame: readonly number[]) => requestStatus(emulator.url, Buffer.from(frame));
    assert.equal(await status([]), "0");
    assert.equal(await status([0, 0, 0, 0, 2, 0xff, 0xff]), "13");
    assert.equal(await status([0, 0, 0, 0, 9, 1]), "3");
    assert.equal(await status([0, 0x7f, 0, 0, 0]), "8");
  });

  it("responds to each question without waiting for the next, however it is split", async () => {
    const session = connect(emulator.url);
    const stream = session.request(HEAD);
    const question = Buffer.from([0, 0, 0, 0, 3, 0x3a, 1, 0x2a]);
    for (const byte of question) stream.write(Buffer.from([byte]));
    const first: Buffer = await new Promise((resolve) => stream.once("data", resolve));
    assert.equal(first[0], 0);
    assert.ok(first.includes("zitadel.user.v2.UserService"));
    session.destroy();
  });
});

const HEAD = {
  ":method": "POST",
  ":path": "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
  "content-type": "application/grpc",
  te: "trailers",
};

async function requestStatus(url: string, body: Uint8Array): Promise<unknown> {
  const session = connect(url);
  try {
    const stream = session.request(HEAD);
    const trailers = new Promise<Record<string, unknown>>((resolve) => stream.once("trailers", resolve));
    stream.end(body);
    await buffer(stream);
    return (await trailers)["grpc-status"];
  } finally {
    session.destroy();
  }
}
