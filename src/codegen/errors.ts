/**
 * Tells the user, in one sentence, why an API cannot be read or generated. Any other error is a bug in this package.
 */
export class CodegenError extends Error {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "CodegenError";
  override readonly name = "CodegenError";
}
