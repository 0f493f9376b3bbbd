import type { Checkpoint } from "../../../src/service-users/rotation.ts";
import { type Clock, systemClock } from "../../../src/shared/clock.ts";
import type { Emulator } from "../../../src/testing/index.ts";

/** A clock on which every wait ends immediately, after its full duration. */
export function jumpingClock(): Clock {
  return laterClock(0);
}

/** The same, so many milliseconds later. */
export function laterClock(laterMs: number): Clock {
  let passed = laterMs;
  return {
    ...systemClock,
    now: () => Date.now() + passed,
    monotonic: () => performance.now() + passed,
    setTimer: (callback, ms, keepAlive) => {
      // The deadline of a token request is not a wait.
      if (ms === 10_000) return systemClock.setTimer(callback, ms, keepAlive);
      passed += ms;
      return systemClock.setTimer(callback, 0, keepAlive);
    },
  };
}

/** Stops at no point. */
export const never: Checkpoint = () => Promise.resolve();

/** Runs something up to a point, and nothing after it: for everybody else, the process was killed there. */
export async function killAt(
  place: string,
  start: (checkpoint: Checkpoint) => Promise<unknown>,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const checkpoint: Checkpoint = async (at) => {
      if (at !== place) return;
      resolve();
      await new Promise(() => {});
    };
    start(checkpoint).then(() => reject(new Error(`it never came to ${place}`)), reject);
  });
}

/** The points that something passes, in order. */
export async function findPlaces(start: (checkpoint: Checkpoint) => Promise<unknown>): Promise<string[]> {
  const places: string[] = [];
  await start(async (place) => {
    places.push(place);
  });
  return places;
}

/** Refuses the next token requests of a grant, like a server that does not know a credential yet. */
export function refuseGrants(emulator: Emulator, grant: string, times: number): () => void {
  let left = times;
  return emulator.intercept((request, next) => {
    const isGrant = Buffer.from(request.body).toString().includes(grant);
    if (request.path !== "/oauth/v2/token" || !isGrant || left-- <= 0) return next();
    const body = JSON.stringify({ error: "invalid_grant", error_description: "invalid assertion" });
    return { status: 400, headers: new Headers({ "content-type": "application/json" }), body };
  });
}

/** A server that is too old for the current RPCs for users and administrators. Returns a function that restores it. */
export function withoutV2(emulator: Emulator): () => void {
  const unknown =
    /UserService\/(CreateUser|DeleteUser|ListUsers|GetUserByID|\w*(Key|Secret|PersonalAccessToken)s?)$|InternalPermissionService/;
  return emulator.intercept((request, next) => {
    if (!request.path.startsWith("/zitadel.") || !unknown.test(request.path)) return next();
    return {
      status: 404,
      headers: new Headers({ "content-type": "text/plain" }),
      body: "404 page not found\n",
    };
  });
}
