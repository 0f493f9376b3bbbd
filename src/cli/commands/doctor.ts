import type { Command } from "../command.ts";
import { parseOptions } from "../command-line.ts";
import { DOCTOR_OPTIONS } from "../doctor/doctor-options.ts";

/** `zitadel-connect doctor` */
export const doctor: Command = {
  description:
    "Checks the network, TLS, the instance, the credential and a first call. Writes no secret. Exits with 0 when nothing failed, 1 when something did.",
  options: DOCTOR_OPTIONS,
  examples: [
    { line: "zitadel-connect doctor", help: "Of what the environment says" },
    { line: "zitadel-connect doctor --profile prod --json", help: "Of a profile, for a program" },
  ],
  async run(args, terminal) {
    const values = parseOptions(DOCTOR_OPTIONS, args);
    const { runDoctor } = await import("../doctor/run-doctor.ts");
    return await runDoctor(values, terminal);
  },
};
