import type { CheckResult } from "../../doctor/check.ts";
import { doctor as examine } from "../../doctor/doctor.ts";
import type { DoctorOptions } from "../../doctor/doctor-context.ts";
import { formatResult, toReport } from "../../doctor/report.ts";
import { readOptionFile } from "../../shared/option-file.ts";
import { type Credential, resolveCredential, resolveInstance } from "../connection/resolve.ts";
import { ExitCode } from "../exit-code.ts";
import type { Terminal } from "../terminal.ts";
import type { DoctorValues } from "./doctor-options.ts";

/** Runs all checks, and prints what each found. */
export async function runDoctor(values: DoctorValues, terminal: Terminal): Promise<ExitCode> {
  const credential = resolveCredential(values, terminal);
  const results: CheckResult[] = [];
  for await (const found of examine(toOptions(values, credential, terminal))) {
    const result = withSource(found, credential);
    results.push(result);
    if (values.json !== true) terminal.out(formatResult(result));
  }
  const report = toReport(results);
  terminal.out(values.json === true ? `${JSON.stringify(report, null, 2)}\n` : `\n${report.summary}\n`);
  return report.ok ? ExitCode.ok : ExitCode.failed;
}

/** Leaves out what is missing, which a check will report. */
function toOptions(
  values: DoctorValues,
  credential: Credential | undefined,
  terminal: Terminal,
): DoctorOptions {
  const instance = resolveInstance(values, terminal);
  const { ca = values.ca } = instance ?? {};
  return {
    env: credential === undefined ? terminal.env : toEnvironment(credential, terminal.env),
    url: instance?.url,
    instanceHost: instance?.instanceHost,
    organizationId: values.organization,
    httpVersion: instance?.httpVersion,
    allowInsecureHttp: instance?.allowInsecureHttp,
    ...(ca === undefined ? {} : { tls: { ca: readOptionFile({ option: "--ca", path: ca }) } }),
  };
}

/** An environment with only the variables of this credential, so that no other variable adds a second one. */
function toEnvironment({ credential }: Credential, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const others = Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^ZITADEL_(KEY|CLIENT|SERVICE_USER)/.test(name)),
  );
  switch (credential.kind) {
    case "environment":
      return env;
    case "key-file":
      return { ...others, ZITADEL_KEY_FILE: credential.file };
    case "token-file":
      return { ...others, ZITADEL_SERVICE_USER_TOKEN_FILE: credential.file };
    case "client-secret": {
      const secret = readOptionFile({ option: "--client-secret-file", path: credential.file }).trim();
      return { ...others, ZITADEL_CLIENT_ID: credential.clientId, ZITADEL_CLIENT_SECRET: secret };
    }
  }
}

/** Names the option that gives the credential, instead of the variable. */
function withSource(result: CheckResult, found: Credential | undefined): CheckResult {
  if (found === undefined || found.credential.kind === "environment") return result;
  const variables =
    /ZITADEL_KEY_FILE|ZITADEL_SERVICE_USER_TOKEN_FILE|ZITADEL_CLIENT_ID and ZITADEL_CLIENT_SECRET/g;
  return { ...result, summary: result.summary.replaceAll(variables, found.source) };
}
