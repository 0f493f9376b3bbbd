import type { Command } from "../command.ts";
import { parseOptions } from "../command-line.ts";
import { DOCTOR_OPTIONS } from "../doctor/doctor-options.ts";

/** `zitadel-connect doctor` */
export const doctor: Command = {
  description:
    "Checks the network, TLS, the instance, the credential and a first call. Prints no secret. Exits with 0 if nothing failed, otherwise with 1.",
  options: DOCTOR_OPTIONS,
  examples: [
    { line: "zitadel-connect doctor", help: "With the settings in the environment" },
    { line: "zitadel-connect doctor --profile prod --json", help: "With a profile; JSON for a program" },
  ],
  async run(args, terminal) {
    const values = parseOptions(DOCTOR_OPTIONS, args);
    const { runDoctor } = await import("../doctor/run-doctor.ts");
    return await runDoctor(values, terminal);
  },
};
