/** A file as far as it matters to whom it may be lent. */
interface Packaged {
  readonly package: string;
}

/**
 * Whether a known file may complete the imports of files that lack it. Zitadel's own do not complete Zitadel's: those of
 * different versions are never mixed.
 */
export function mayComplete(known: Packaged, files: Iterable<Packaged>): boolean {
  return !isZitadels(known) || ![...files].some(isZitadels);
}

function isZitadels({ package: name }: Packaged): boolean {
  return /^zitadel(\.|$)/.test(name);
}
