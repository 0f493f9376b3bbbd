/**
 * Of an error that nobody catches, Node prints its stack, all that can be enumerated, and its cause. So what is undefined,
 * and what `repeats` says is told elsewhere, is made not enumerable. It is there like all else.
 */
export function hideProperties(error: Error, repeats: (name: string) => boolean): void {
  for (const name of Object.keys(error)) {
    if (Reflect.get(error, name) === undefined || repeats(name)) {
      Object.defineProperty(error, name, { enumerable: false });
    }
  }
}
