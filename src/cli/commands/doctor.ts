import type { Command } from "../command.ts";
import { parseOptions } from "../command-line.ts";
import { DOCTOR_OPTIONS } from "../doctor/doctor-options.ts";

/** `zitadel-connect doctor` */
export const doctor: Command = {
  description:
    "Checks the network, TLS, the instance, the credential and a first call. Prints no secret. Exits with 0 if nothing failed, else with 1.",
  options: DOCTOR_OPTIONS,
  examples: [
    { line: "zitadel-connect doctor", help: "With the settings of the environment" },
    { line: "zitadel-connect doctor --profile prod --json", help: "With a profile, for a program" },
  ],
  async run(args, terminal) {
    const values = parseOptions(DOCTOR_OPTIONS, args);
    const { runDoctor } = await import("../doctor/run-doctor.ts");
    return await runDoctor(values, terminal);
  },
};
