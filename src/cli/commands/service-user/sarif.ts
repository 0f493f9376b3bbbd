import type { AuditFinding, AuditReport, AuditRule } from "../../../service-users/audit.ts";
import { version } from "../../../version.ts";

/** A report as SARIF 2.1.0 (OASIS), for code scanning. SARIF requires a location, for which the user stands in. */
export async function toSarif({ findings }: AuditReport): Promise<object> {
  const { AUDIT_RULES } = await import("../../../service-users/audit.ts");
  const rules = Object.entries(AUDIT_RULES) as [AuditRule, string][];
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "zitadel-connect service-user audit",
            version,
            rules: rules.map(([id, text]) => ({ id, shortDescription: { text } })),
          },
        },
        results: findings.map(toResult),
      },
    ],
  };
}

function toResult({ rule, message, fix, userId, username, credentialId, file }: AuditFinding): object {
  const uri = file ?? `service-users/${encodeURIComponent(username ?? userId ?? "")}`;
  return {
    ruleId: rule,
    level: rule === "personal-access-token" ? "note" : "warning",
    message: { text: `${message}. ${fix}` },
    locations: [{ physicalLocation: { artifactLocation: { uri } } }],
    partialFingerprints: { finding: [rule, userId, credentialId, file].filter(Boolean).join("/") },
  };
}
