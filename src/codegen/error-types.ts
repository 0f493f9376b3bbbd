/** Types that Zitadel's errors contain but no RPC mentions. */
export const ERROR_TYPES: readonly string[] = ["zitadel.v1.ErrorDetail", "zitadel.error.v2.ErrorDetail"];

/**
 * Whether a type is used in errors, judging by its full name, since no descriptor says so. Such types are in a package
 * of errors or have Error in their name, such as `ErrorDetail`, `CredentialsCheckError` and `google.rpc.ErrorInfo`.
 */
export function isErrorType(typeName: string): boolean {
  return /(^|\.)errors?\./.test(typeName) || /Error(Details?|Info|Reason)?s?$/.test(typeName);
}
