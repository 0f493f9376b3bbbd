import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { CheckResult } from "./check.ts";
import { doctor } from "./doctor.ts";
import type { DoctorOptions } from "./doctor-context.ts";
import { lineOf, reportOf } from "./report.ts";

/** What the command writes to, and reads from. */
export interface DoctorIo {
  readonly env: NodeJS.ProcessEnv;
  /** Writes to the standard output. */
  write(text: string): void;
}

/** The options of the command, with their help. */
export const DOCTOR_OPTIONS = {
  url: { type: "string", value: "origin", help: "Where Zitadel is. Default: ZITADEL_API_URL" },
  "instance-host": {
    type: "string",
    value: "host",
    help: "The instance's own domain, where the url is another name",
  },
  organization: { type: "string", value: "id", help: "The organization to make the first call in" },
  "key-file": {
    type: "string",
    value: "path",
    help: "A service user's key file, instead of what the environment has",
  },
  ca: { type: "string", value: "path", help: "Certificate authorities to trust, in PEM" },
  "http-version": { type: "string", value: "1.1|2", help: "Default: what the server offers" },
  "allow-insecure-http": { type: "boolean", help: "Allow http:// to another machine" },
  json: { type: "boolean", help: "Print one JSON document, for programs" },
  help: { type: "boolean", help: "Show this help" },
} as const;

function usage(): string {
  const options = Object.entries(DOCTOR_OPTIONS).map(([name, option]) => {
    const value = "value" in option ? ` <${option.value}>` : "";
    return `  ${`--${name}${value}`.padEnd(26)}${option.help}\n`;
  });
  return `Usage: zitadel-connect doctor [options]

Checks step by step what a client needs: network, TLS, the instance, the credential, a first call.
Reads the environment as createZitadel() does. Writes no secret.

${options.join("")}
Exit code: 0 when nothing failed, 1 when something did, 2 for a wrong option.
`;
}

/** The command `zitadel-connect doctor`. Returns the exit code. */
export async function doctorCommand(args: readonly string[], io: DoctorIo): Promise<0 | 1 | 2> {
  let values: ReturnType<typeof parse>;
  let options: DoctorOptions;
  try {
    values = parse(args);
    options = optionsOf(values, io.env);
  } catch (error) {
    io.write(`${(error as Error).message}\n\n${usage()}`);
    return 2;
  }
  if (values.help) {
    io.write(usage());
    return 0;
  }
  const results: CheckResult[] = [];
  for await (const result of doctor(options)) {
    results.push(result);
    if (!values.json) io.write(lineOf(result));
  }
  const report = reportOf(results);
  if (values.json) io.write(`${JSON.stringify(report, null, 2)}\n`);
  else io.write(`\n${report.summary}\n`);
  return report.ok ? 0 : 1;
}

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options: DOCTOR_OPTIONS }).values;
}

function optionsOf(values: ReturnType<typeof parse>, env: NodeJS.ProcessEnv): DoctorOptions {
  const { ca, "key-file": keyFile } = values;
  return {
    env: keyFile === undefined ? env : { ...withoutCredentials(env), ZITADEL_KEY_FILE: keyFile },
    url: values.url,
    instanceHost: values["instance-host"],
    organizationId: values.organization,
    httpVersion: values["http-version"] as DoctorOptions["httpVersion"],
    allowInsecureHttp: values["allow-insecure-http"],
    ...(ca === undefined ? {} : { tls: { ca: readFileSync(ca, "utf8") } }),
  };
}

/** A flag wins over the environment, which must not make a second method of it. */
function withoutCredentials(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const credential = /^ZITADEL_(KEY|CLIENT|SERVICE_USER)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !credential.test(name)));
}
