/** The parts of a file that decide which APIs it may complete. */
interface Packaged {
  readonly package: string;
}

/**
 * Whether a known file may stand in for a missing import of other files. Zitadel's own files never do so for other
 * files of Zitadel, since versions must not be mixed.
 */
export function mayComplete(known: Packaged, files: Iterable<Packaged>): boolean {
  return !isZitadels(known) || ![...files].some(isZitadels);
}

function isZitadels({ package: name }: Packaged): boolean {
  return /^zitadel(\.|$)/.test(name);
}
