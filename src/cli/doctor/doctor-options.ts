import type { OptionSpecs, OptionValues } from "../command-line.ts";
import { CONNECTION_OPTIONS } from "../connection/connection-options.ts";

const { cache: _, proxy: __, ...connection } = CONNECTION_OPTIONS;

/** Options of `doctor`. */
export const DOCTOR_OPTIONS = {
  organization: { type: "string", value: "id", help: "The organization to make the first call in" },
  json: { type: "boolean", help: "Print one JSON document, for programs" },
  ...connection,
} as const satisfies OptionSpecs;

/** The parsed options of `doctor`. */
export type DoctorValues = OptionValues<typeof DOCTOR_OPTIONS>;
