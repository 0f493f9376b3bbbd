import { accessDiagnoses } from "./diagnoses/access.ts";
import { limitDiagnoses } from "./diagnoses/limits.ts";
import { networkDiagnoses } from "./diagnoses/network.ts";
import { requestDiagnoses } from "./diagnoses/requests.ts";
import { serverDiagnoses } from "./diagnoses/server.ts";
import { targetDiagnoses } from "./diagnoses/targets.ts";
import type { Diagnosis } from "./diagnosis.ts";

/**
 * What errors of calls mean and what to do; the first matching row counts, so the order of the files below counts too.
 * docs/error-reference.md shows this table. Rows match by code, id and fault; by text only if nothing else distinguishes
 * them.
 */
export const diagnoses: readonly Diagnosis[] = [
  ...targetDiagnoses,
  ...accessDiagnoses,
  ...limitDiagnoses,
  ...networkDiagnoses,
  ...requestDiagnoses,
  ...serverDiagnoses,
];
