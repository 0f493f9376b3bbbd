import { readFileSync } from "node:fs";
import { authFromEnvironment } from "../../auth/auth-from-environment.ts";
import { parseServiceAccountKey } from "../../auth/credential/key-file.ts";
import { type Check, type Finding, failed, ok, warning } from "../check.ts";
import type { DoctorContext } from "../doctor-context.ts";

const NOTICE_MS = 14 * 86_400_000;

/** Checks that there is exactly one credential, and that it is complete. Reports its kind, never its value. */
export const credential: Check = {
  name: "credential",
  about: "whether there is exactly one credential, complete and not expired",
  needs: ["configuration"],
  async run(context) {
    if (context.options.auth !== undefined) {
      context.method = "the option auth";
      return ok("is that of the option auth");
    }
    try {
      authFromEnvironment(context.env);
      return judge(context);
    } catch (error) {
      const { message } = error as Error;
      const unclear = message.includes("exactly one of");
      return failed(
        message,
        unclear
          ? "Set the variables of one method only."
          : "Copy the complete value from Zitadel again, without changing it.",
      );
    }
  },
};

function judge(context: DoctorContext): Finding {
  const { env } = context;
  const set = ["ZITADEL_KEY_FILE", "ZITADEL_KEY", "ZITADEL_CLIENT_ID", "ZITADEL_SERVICE_USER_TOKEN"];
  const name = set.find((variable) => env[variable]) ?? "ZITADEL_SERVICE_USER_TOKEN_FILE";
  context.method = name;
  if (!name.startsWith("ZITADEL_KEY")) return ok(`is that of ${name}`);
  const value = env[name]?.trim() ?? "";
  const text = name === "ZITADEL_KEY" ? value : readFileSync(value, "utf8").trim();
  const key = parseServiceAccountKey(text, name);
  const what = `key ${key.keyId} of ${key.subject}, of ${name}`;
  const left = (key.expiresAt ?? Number.POSITIVE_INFINITY) - Date.now();
  if (left < 0) return failed(`The ${what} has expired`, "Create a new key for the user, and use its file.");
  const days = Math.ceil(left / 86_400_000);
  return left < NOTICE_MS
    ? warning(`The ${what} expires in ${days} days`, "Create a new key for the user in time.")
    : ok(`is the ${what}`);
}
