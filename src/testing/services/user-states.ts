import type { UserState } from "../state/model/user.ts";

/** UserState of v2. */
export const STATE: Readonly<Record<UserState, number>> = { active: 1, inactive: 2, locked: 4, initial: 5 };

/** UserState of v1. */
export const STATE_V1: Readonly<Record<UserState, number>> = { ...STATE, initial: 6 };
