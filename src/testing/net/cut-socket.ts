import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

/** Ends a connection without a word, as a crash does: by a reset, where TLS does not stand between. */
export function cutSocket(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}
