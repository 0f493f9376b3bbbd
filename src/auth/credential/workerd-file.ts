import { invalidOption } from "../../shared/invalid-option.ts";
import type { BindCredential } from "./credential.ts";
import type { FileSource } from "./credential-file.ts";

/** Takes the place of credential-file.ts in the build for workerd, where there are no files. */
export function fileCredential<T>({ option, inline }: FileSource<T>): BindCredential<T> {
  const expected = `${inline}, with the content of the file, such as a secret of the Worker`;
  throw invalidOption(option, "set, and there are no files in Cloudflare Workers", expected);
}
