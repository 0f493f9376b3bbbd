import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { startEmulator } from "../../src/testing/index.ts";
import { computeTotp, totpMatches } from "../../src/testing/state/totp.ts";
import { callJson } from "./support/json-call.ts";

/** `12345678901234567890` in base32, the secret of RFC 6238, appendix B; of its passwords the last six digits. */
const SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const VECTORS: [seconds: number, password: string][] = [
  [59, "287082"],
  [1_111_111_109, "081804"],
  [1_111_111_111, "050471"],
  [1_234_567_890, "005924"],
  [2_000_000_000, "279037"],
  [20_000_000_000, "353130"],
];

describe("one-time passwords", () => {
  it("are those of RFC 6238", () => {
    for (const [seconds, password] of VECTORS) assert.equal(computeTotp(SECRET, seconds * 1_000), password);
  });

  it("are valid one step too early and one step too late", () => {
    const time = 1_234_567_890_000;
    const accepted = [-2, -1, 0, 1, 2].filter((step) =>
      totpMatches(SECRET, computeTotp(SECRET, time + step * 30_000), time),
    );
    assert.deepEqual(accepted, [-1, 0, 1]);
  });

  it("expire by the emulator's clock: those that are sent after five minutes, codes after an hour", async () => {
    let now = Date.now();
    await using emulator = await startEmulator({ clock: { now: () => now } });
    const { url, serviceUser } = emulator;
    const call = async (rpc: string, request: JsonObject): Promise<JsonObject> =>
      (await callJson(url, serviceUser.token, rpc, request)).body as JsonObject;
    const human = {
      profile: { givenName: "Ada", familyName: "Lovelace" },
      email: { email: "ada@example.test", isVerified: true },
    };
    const { id: userId } = await call("user.v2.UserService/CreateUser", {
      organizationId: serviceUser.organizationId,
      username: "ada",
      human,
    });
    await call("user.v2.UserService/AddOTPEmail", { userId: String(userId) });
    const session = await call("session.v2.SessionService/CreateSession", {
      checks: { user: { userId: String(userId) } },
      challenges: { otpEmail: { returnCode: {} } },
    });
    const { otpEmail } = session["challenges"] as { otpEmail: string };
    const reset = await call("user.v2.UserService/PasswordReset", { userId: String(userId), returnCode: {} });
    now += 5 * 60_000 + 1;
    const late = await call("session.v2.SessionService/SetSession", {
      sessionId: String(session["sessionId"]),
      checks: { otpEmail: { code: otpEmail } },
    });
    assert.equal(late["message"], "Code is expired (CODE-QvUQ4P)");
    now += 55 * 60_000;
    const tooLate = await call("user.v2.UserService/SetPassword", {
      userId: String(userId),
      newPassword: { password: "Password1!" },
      verificationCode: String(reset["verificationCode"]),
    });
    assert.equal(tooLate["message"], "Code is expired (CODE-QvUQ4P)");
  });

  it("of a secret that a user is created with are valid immediately", async () => {
    await using emulator = await startEmulator();
    const { url, serviceUser } = emulator;
    const created = await callJson(url, serviceUser.token, "user.v2.UserService/AddHumanUser", {
      username: "imported",
      organization: { orgId: serviceUser.organizationId },
      profile: { givenName: "Ada", familyName: "Lovelace" },
      email: { email: "ada@example.test", isVerified: true },
      totpSecret: SECRET,
    });
    const checks = {
      user: { userId: String(created.body["userId"]) },
      totp: { code: computeTotp(SECRET, Date.now()) },
    };
    const session = await callJson(url, serviceUser.token, "session.v2.SessionService/CreateSession", {
      checks,
    });
    assert.equal(session.status, 200);
  });
});
