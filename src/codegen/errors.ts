/** Why an API cannot be read or generated, in one sentence for the user. Any other error is a bug of this package. */
export class CodegenError extends Error {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "CodegenError";
  override readonly name = "CodegenError";
}
