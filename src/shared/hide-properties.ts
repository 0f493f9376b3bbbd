/**
 * Makes an error's properties non-enumerable if they are undefined, or repeat the message (`repeats`). For an uncaught
 * error, Node prints the stack, all enumerable properties, and the cause.
 */
export function hideProperties(error: Error, repeats: (name: string) => boolean): void {
  for (const name of Object.keys(error)) {
    if (Reflect.get(error, name) === undefined || repeats(name)) {
      Object.defineProperty(error, name, { enumerable: false });
    }
  }
}
