/** Types that errors of Zitadel carry and no RPC names. */
export const ERROR_TYPES: readonly string[] = ["zitadel.v1.ErrorDetail", "zitadel.error.v2.ErrorDetail"];

/**
 * Whether errors carry a type, by its full name: no descriptor says so. It is in a package of errors, or is called one, as
 * `ErrorDetail`, `CredentialsCheckError` and `google.rpc.ErrorInfo` are.
 */
export function isErrorType(typeName: string): boolean {
  return /(^|\.)errors?\./.test(typeName) || /Error(Details?|Info|Reason)?s?$/.test(typeName);
}
