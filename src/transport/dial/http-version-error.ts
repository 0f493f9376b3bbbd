import { DialError } from "./dial-error.ts";

/** The server speaks only HTTP/1.1. */
export class HttpVersionError extends DialError {}
