// A server in a process of its own, whose parent sets how many calls it processes at a time. It processes them in the
// order in which they came, except for those that were reset meanwhile. Ends with its parent.
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { STREAMS, WORK_MS, type Workers } from "./protocol.ts";

const pending: http2.ServerHttp2Stream[] = [];
let workers = 0;
let busy = 0;

function work(): void {
  while (busy < workers) {
    const stream = pending.shift();
    if (stream === undefined) return;
    if (stream.destroyed) continue;
    busy += 1;
    setTimeout(() => {
      busy -= 1;
      if (!stream.destroyed) {
        stream.respond({ ":status": 200, "content-type": "application/proto" });
        stream.end();
      }
      work();
    }, WORK_MS);
  }
}

const server = http2.createServer({ settings: { maxConcurrentStreams: STREAMS } });
server.on("stream", (stream) => {
  stream.on("error", () => {});
  stream.resume();
  pending.push(stream);
  work();
});
process.on("message", (message: Workers) => {
  workers = message.workers;
  work();
});
process.on("disconnect", () => process.exit());
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
process.send?.((server.address() as AddressInfo).port);
