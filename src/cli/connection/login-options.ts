import type { OptionSpecs, OptionValues } from "../command-line.ts";
import { CALL_OPTIONS, CONNECTION_OPTIONS } from "./connection-options.ts";

const { profile, cache: _, ...connection } = CONNECTION_OPTIONS;

/** Options of `login`. */
export const LOGIN_OPTIONS = {
  organization: {
    ...CALL_OPTIONS.organization,
    help: "The organization in whose context calls are made. Default: the user's own",
  },
  verify: { type: "boolean", standard: true, help: "Do not try whether the credential works" },
  ...connection,
  profile: {
    ...profile,
    help: "The name to store it under. Default: default, which is used where nothing else is named",
  },
} as const satisfies OptionSpecs;

/** What `login` is given. */
export type LoginValues = OptionValues<typeof LOGIN_OPTIONS>;
