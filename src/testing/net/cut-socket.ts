import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

/** Cuts a connection, as a crash would: by a reset, unless it uses TLS. */
export function cutSocket(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}
