import type { History } from "./aggregate.ts";

/** A provider for sending emails or SMS. The emulator sends nothing, so it does not keep secrets. */
export interface NotificationProvider extends History {
  readonly id: string;
  readonly channel: "email" | "sms";
  readonly kind: "smtp" | "http" | "twilio";
  active: boolean;
  description: string;
  settings: Readonly<Record<string, string | boolean>>;
  /** Whether it has a password. Only `smtp` providers do. */
  hasPassword: boolean;
}
