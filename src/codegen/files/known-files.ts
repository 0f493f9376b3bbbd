/** The part of a file that decides which APIs it may complete. */
interface Packaged {
  readonly package: string;
}

/**
 * Whether a known file may complete the imports of files that lack it. Zitadel's own files never complete other files
 * of Zitadel's, since versions must not be mixed.
 */
export function mayComplete(known: Packaged, files: Iterable<Packaged>): boolean {
  return !isZitadels(known) || ![...files].some(isZitadels);
}

function isZitadels({ package: name }: Packaged): boolean {
  return /^zitadel(\.|$)/.test(name);
}
