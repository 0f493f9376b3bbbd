import type { History } from "./aggregate.ts";

/** Through what the instance sends its mails or texts. Secrets are not kept: nothing is sent here. */
export interface NotificationProvider extends History {
  readonly id: string;
  readonly channel: "email" | "sms";
  readonly kind: "smtp" | "http" | "twilio";
  active: boolean;
  description: string;
  settings: Readonly<Record<string, string | boolean>>;
  /** With a password; of `smtp`. */
  hasPassword: boolean;
}
