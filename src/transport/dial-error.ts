/** A failure to connect that no repetition mends, such as a certificate that is not trusted. */
export class DialError extends Error {}
