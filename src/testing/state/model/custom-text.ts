import type { History } from "./aggregate.ts";

/** The texts of one kind of message, or of the login, in one language, of the instance or of an organization. */
export interface CustomText extends History {
  /** The id of the instance, or of the organization. */
  readonly resourceOwner: string;
  /** What the message is for, as events name it: `InitCode`. */
  readonly template: string;
  readonly language: string;
  /** By the names of the API; those of the login by what events call them. */
  texts: Readonly<Record<string, string>>;
}
