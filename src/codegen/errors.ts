/** What keeps an API from being read or generated, in one sentence for the user. Anything else is a fault of ours. */
export class CodegenError extends Error {
  /** @internal Node prints it, and minifiers rename classes. */
  static override readonly name: string = "CodegenError";
  override readonly name = "CodegenError";
}
