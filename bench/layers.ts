// The cost of each layer of the pipeline by itself, without a network: the layers around a call that responds
// immediately. `node bench/layers.ts [rounds]`.
import { create } from "@bufbuild/protobuf";
import { createClient, type Transport, type UnaryResponse } from "@connectrpc/connect";
import { GetUserByIDResponseSchema, UserService } from "../gen/zitadel/user/v2/user_service_pb.js";
import { SentToken, withAuthentication } from "../src/client/authentication.ts";
import { createLastTokenError, withDefaultHeaders, withZitadelErrors } from "../src/client/layers.ts";
import { withMessages } from "../src/client/messages.ts";
import { serviceClient } from "../src/client/service-client.ts";
import { withObservation } from "../src/observation/with-observation.ts";
import { systemClock } from "../src/shared/clock.ts";
import { FixedHeaders } from "../src/shared/fixed-headers.ts";
import { createCallTransport } from "../src/transport/call/call-transport.ts";
import type { CallFn } from "../src/transport/call.ts";
import { RunningCalls } from "../src/transport/context/call-context.ts";
import { connectFormats } from "../src/transport/protocol/connect.ts";
import { createRequestHeaders } from "../src/transport/protocol/request-headers.ts";
import { withRetries } from "../src/transport/retry/retry.ts";

const ROUNDS = Number(process.argv[2] ?? 7);
const CALLS = 100_000;
const ORIGIN = "http://localhost:8080";

const method = UserService.method.getUserByID;
const response: UnaryResponse = {
  stream: false,
  service: UserService,
  method,
  message: create(GetUserByIDResponseSchema),
  header: new Headers(),
  trailer: new Headers(),
};
const requestHeaders = createRequestHeaders(connectFormats.unary, { origin: ORIGIN, headers: new Headers() });
/** Stands in for the network: the headers are made, but nothing is sent. */
const network: CallFn = (call) => {
  requestHeaders(call, false, false);
  return Promise.resolve(response);
};
const retrying = (next: CallFn) =>
  withRetries(next, {
    retry: { maxAttempts: 3, maxConflictAttempts: 10 },
    recoveryTimeoutMs: 10_000,
    clock: systemClock,
    onEvent: undefined,
  });
const token = Promise.resolve({ token: "x".repeat(280) });
const authenticated = retrying(withAuthentication(network, { getToken: () => token }, new SentToken()));
const transportOver = (stack: CallFn) =>
  createCallTransport(stack, {
    defaultTimeoutMs: 30_000,
    running: new RunningCalls(systemClock),
    warmUp: () => {},
    whyWaiting: () => undefined,
  });
/** Without observers, like a client without a logger. */
const observed = (transport: Transport) =>
  withObservation(
    withZitadelErrors(
      withDefaultHeaders(transport, new FixedHeaders([["x-zitadel-orgid", "1"]])),
      createLastTokenError(new SentToken()),
    ),
    { observers: [], origin: ORIGIN, findProtocol: () => "connect" },
  );

const stacks: Readonly<Record<string, Transport>> = {
  "client, deadline, headers": transportOver(network),
  "+ retry": transportOver(retrying(network)),
  "+ authentication": transportOver(authenticated),
  "+ messages": withMessages(transportOver(authenticated)),
  "+ default headers, errors, observation": observed(withMessages(transportOver(authenticated))),
};
const clients = Object.entries(stacks).map(([name, transport]) => {
  const client = createClient(UserService, transport);
  return { name, call: () => client.getUserByID(request), us: [] as number[] };
});
const whole = observed(withMessages(transportOver(authenticated)));
const [plain, checked] = [createClient(UserService, whole), serviceClient(UserService, whole)];
const options = { timeoutMs: 5_000 };
clients.push(
  { name: "+ check of the request", call: () => checked.getUserByID(request), us: [] },
  { name: "the same with timeoutMs, unchecked", call: () => plain.getUserByID(request, options), us: [] },
  { name: "+ checks of request and options", call: () => checked.getUserByID(request, options), us: [] },
);
const request = create(method.input, {});
for (let round = -1; round < ROUNDS; round++) {
  for (const { call, us } of clients) {
    const cpu = process.cpuUsage();
    for (let i = 0; i < CALLS; i++) await call();
    const { user, system } = process.cpuUsage(cpu);
    if (round >= 0) us.push((user + system) / CALLS);
  }
}
let before = 0;
const table = clients.map(({ name, us }) => {
  const median = us.sort((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN;
  const row = { stack: name, µs: Number(median.toFixed(2)), adds: Number((median - before).toFixed(2)) };
  before = median;
  return row;
});
console.table(table);
