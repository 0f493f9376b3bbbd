import type { UserState } from "../state/model/user.ts";

/** UserState of v1 and v2, which are the same numbers. */
export const STATE: Readonly<Record<UserState, number>> = { active: 1, inactive: 2, locked: 4 };
