import type { History } from "./aggregate.ts";

/** Custom texts of the instance or of an organization: for one message template, or the login, in one language. */
export interface CustomText extends History {
  /** The id of the instance or organization. */
  readonly resourceOwner: string;
  /** As in events, for example `InitCode`. */
  readonly template: string;
  readonly language: string;
  /** By the field names of the API; texts of the login are by their keys in events. */
  texts: Readonly<Record<string, string>>;
}
