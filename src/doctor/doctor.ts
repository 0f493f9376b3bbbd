import { toLine } from "../shared/plain-text.ts";
import type { Check, CheckResult, CheckStatus, Finding } from "./check.ts";
import { clock } from "./checks/clock.ts";
import { configuration } from "./checks/configuration.ts";
import { credential } from "./checks/credential.ts";
import { credentialAudit } from "./checks/credential-audit.ts";
import { discovery, issuer } from "./checks/discovery.ts";
import { audience, firstCall, permissions } from "./checks/first-call.ts";
import { grpc } from "./checks/grpc.ts";
import { nameResolution } from "./checks/name-resolution.ts";
import { protocol } from "./checks/protocol.ts";
import { tcp } from "./checks/tcp.ts";
import { tls } from "./checks/tls.ts";
import { token } from "./checks/token.ts";
import { version } from "./checks/version.ts";
import { createContext, type DoctorOptions } from "./doctor-context.ts";

/** In the order in which they run. A check is skipped if one that it needs has failed or was skipped. */
export const checks: readonly Check[] = [
  configuration,
  nameResolution,
  tcp,
  tls,
  protocol,
  discovery,
  grpc,
  issuer,
  clock,
  credential,
  token,
  audience,
  firstCall,
  permissions,
  credentialAudit,
  version,
];

/** Checks, step by step, what a client with these options needs, and yields each finding at once. */
export async function* doctor(options: DoctorOptions): AsyncGenerator<CheckResult, undefined> {
  const context = createContext(options);
  const ended = new Map<string, CheckStatus>();
  try {
    for (const check of checks) {
      const obstacle = check.needs.find((name) => /failed|skipped/.test(ended.get(name) ?? ""));
      const finding =
        obstacle === undefined
          ? await check.run(context)
          : ({ status: "skipped", summary: `skipped because of ${obstacle}` } as const);
      ended.set(check.name, finding.status);
      yield { name: check.name, ...toPlain(finding) };
    }
  } finally {
    await context.client?.close();
    context.connection?.close();
  }
}

/** Findings quote certificates, servers and proxies, so control characters are removed. */
function toPlain({ status, summary, fix }: Finding): Finding {
  return { status, summary: toLine(summary), ...(fix === undefined ? {} : { fix: toLine(fix) }) };
}
