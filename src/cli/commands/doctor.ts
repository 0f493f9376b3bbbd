import type { CheckResult } from "../../doctor/check.ts";
import { doctor as examine } from "../../doctor/doctor.ts";
import type { DoctorOptions } from "../../doctor/doctor-context.ts";
import { lineOf, reportOf } from "../../doctor/report.ts";
import { readOptionFile } from "../../shared/option-file.ts";
import type { Command } from "../command.ts";
import { ExitCode } from "../exit-code.ts";
import { type OptionSpecs, type OptionValues, oneOf, parseOptions } from "../options.ts";

const OPTIONS = {
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
  "http-version": { type: "string", value: "auto|1.1|2", help: "Default: what the server offers" },
  "allow-insecure-http": { type: "boolean", help: "Allow http:// to another machine" },
  json: { type: "boolean", help: "Print one JSON document, for programs" },
} as const satisfies OptionSpecs;

/** `zitadel-connect doctor` */
export const doctor: Command = {
  description:
    "Checks the network, TLS, the instance, the credential and a first call. Reads the environment as " +
    "createZitadel() does. Writes no secret. Exits with 0 when nothing failed, 1 when something did.",
  options: OPTIONS,
  async run(args, terminal) {
    const values = parseOptions(OPTIONS, args);
    const results: CheckResult[] = [];
    const options = doctorOptions(values, terminal.env ?? process.env);
    for await (const found of examine(options)) {
      const result = values["key-file"] === undefined ? found : withFlag(found);
      results.push(result);
      if (values.json !== true) terminal.out(lineOf(result));
    }
    const report = reportOf(results);
    terminal.out(values.json === true ? `${JSON.stringify(report, null, 2)}\n` : `\n${report.summary}\n`);
    return report.ok ? ExitCode.ok : ExitCode.failed;
  },
};

function doctorOptions(values: OptionValues<typeof OPTIONS>, env: NodeJS.ProcessEnv): DoctorOptions {
  const { ca, "key-file": keyFile } = values;
  return {
    env: keyFile === undefined ? env : { ...withoutCredentials(env), ZITADEL_KEY_FILE: keyFile },
    url: values.url,
    instanceHost: values["instance-host"],
    organizationId: values.organization,
    httpVersion: oneOf("http-version", ["auto", "1.1", "2"], values["http-version"]),
    allowInsecureHttp: values["allow-insecure-http"],
    ...(ca === undefined ? {} : { tls: { ca: readOptionFile({ option: "--ca", path: ca }) } }),
  };
}

/** The flag stands in the place of the variable. */
function withFlag(result: CheckResult): CheckResult {
  return { ...result, summary: result.summary.replaceAll("ZITADEL_KEY_FILE", "--key-file") };
}

/** A flag wins over the environment, which must not make a second method of it. */
function withoutCredentials(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const credential = /^ZITADEL_(KEY|CLIENT|SERVICE_USER)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !credential.test(name)));
}
