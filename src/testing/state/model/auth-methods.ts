/** A text that proves that somebody has received it. */
export interface Code {
  readonly text: string;
  readonly expiresAt: number;
}
