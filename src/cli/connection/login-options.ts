import type { OptionSpecs, OptionValues } from "../command-line.ts";
import { CALL_OPTIONS, CONNECTION_OPTIONS } from "./connection-options.ts";

const { profile, cache: _, ...connection } = CONNECTION_OPTIONS;

/** Options of `login`. */
export const LOGIN_OPTIONS = {
  organization: {
    ...CALL_OPTIONS.organization,
    help: "The organization to make calls in. Default: the user's own",
  },
  verify: { type: "boolean", standard: true, help: "Do not check that the credential works" },
  ...connection,
  profile: {
    ...profile,
    help: "The name of the profile. Default: default, which is used if no profile is named",
  },
} as const satisfies OptionSpecs;

/** The parsed options of `login`. */
export type LoginValues = OptionValues<typeof LOGIN_OPTIONS>;
