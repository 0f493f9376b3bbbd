/** A failure to connect that no repetition mends, such as a certificate that is not trusted. */
export class DialError extends Error {}

/** No connection came about, so nothing was sent over it. The cause is the last failure to connect. */
export class NotConnectedError extends Error {}
