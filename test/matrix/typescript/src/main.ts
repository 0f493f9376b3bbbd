import { createZitadel, type List, personalAccessToken, type Zitadel } from "zitadel-connect";
import type { ListEventsResponse } from "zitadel-connect/api/zitadel/admin_pb.js";
import type { Event } from "zitadel-connect/api/zitadel/event_pb.js";
import { type User, UserState } from "zitadel-connect/api/zitadel/user/v2/user_pb.js";
import { UserService } from "zitadel-connect/api/zitadel/user/v2/user_service_pb.js";
import { type Caller, createCallerVerifier } from "zitadel-connect/callers";
import { openTelemetry } from "zitadel-connect/opentelemetry";
import { startEmulator } from "zitadel-connect/testing";
import { createWebhook, toRequest } from "zitadel-connect/webhooks";
import { makeCalls } from "./calls.js";

// Types and values of every entry point.
export const zitadel: Zitadel = createZitadel({
  url: "http://localhost:1",
  auth: personalAccessToken({ token: "a-token" }),
  telemetry: openTelemetry(),
});
export const events: List<Event, ListEventsResponse> = zitadel.admin.v1.listEvents({}, { pageSize: 1000 });
export const isActive = (user: User): boolean => user.state === UserState.ACTIVE;
export const guarded = createCallerVerifier({ url: "http://localhost:1", projectId: "1" }).fetchHandler(
  (_, { subject }: Caller) => new Response(subject),
);
export const hook = createWebhook({ signingKey: "a-key" }).fetchHandler((call) => {
  console.log(toRequest(call, UserService.method.addHumanUser)?.username);
});
// @ts-expect-error the field is a string
export const wrongField = (): unknown => zitadel.user.v2.getUserByID({ userId: 1 });
// @ts-expect-error there is no such RPC
export const wrongName = (): unknown => zitadel.user.v2.getUserByName({});

async function main(): Promise<void> {
  const emulator = await startEmulator();
  await emulator.close();
  await makeCalls(JSON.parse(process.env["MATRIX_INSTANCE"] ?? ""));
}

void main();
