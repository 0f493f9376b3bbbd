// Where the time of a call goes: a profile of one variant, with small responses and 64 calls in flight, added up by
// stage. `node bench/stages.ts [variant] [calls]`.
import { fork } from "node:child_process";
import { once } from "node:events";
import { type Profiler, Session } from "node:inspector/promises";
import type { Ports } from "./protocol.ts";
import { variants } from "./variants.ts";

/** A function's stage is the first that matches its source, or its name if it has no source. */
const STAGES: readonly (readonly [stage: string, source: RegExp])[] = [
  ["waiting", /^\((idle|root)\)$/],
  ["garbage collection", /^\(garbage collector\)$/],
  ["promises, event loop and kernel", /^\(program\)$|^runMicrotasks$|process\/task_queues|timers/],
  ["encoding and decoding of messages", /\/src\/decoding\/|@bufbuild\/protobuf\/|^node:buffer$/],
  ["authentication", /\/src\/auth\/|authentication\.ts/],
  ["retries and routing", /\/src\/transport\/(retr|routing)/],
  ["observation, errors, default headers", /\/src\/(observation\/|errors\/|client\/layers\.ts)/],
  ["lists and Connect's client", /\/src\/client\/|@connectrpc\/connect\/|\/bench\//],
  ["deadline, session, request and response", /\/src\/transport\//],
  ["node:http2 and the streams below", /^node:/],
];

async function profile(calls: number, list: () => Promise<unknown>): Promise<Profiler.Profile> {
  let left = calls;
  const worker = async () => {
    while (left-- > 0) await list();
  };
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.start");
  await Promise.all(Array.from({ length: 64 }, worker));
  return (await session.post("Profiler.stop")).profile;
}

/**
 * Microseconds by stage. What has no stage of its own, such as a native function, counts for the stage that calls it.
 */
function byStage({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Map<string, number> {
  const stages = new Map<number, string>();
  const visit = (node: Profiler.ProfileNode, above: string): void => {
    const { url, functionName } = node.callFrame;
    const stage = STAGES.find(([, source]) => source.test(url === "" ? functionName : url))?.[0] ?? above;
    stages.set(node.id, stage);
    for (const child of nodes) if (node.children?.includes(child.id)) visit(child, stage);
  };
  if (nodes[0] !== undefined) visit(nodes[0], "other");
  const sums = new Map<string, number>();
  for (const [i, id] of samples.entries()) {
    const stage = stages.get(id) ?? "other";
    sums.set(stage, (sums.get(stage) ?? 0) + (timeDeltas[i] ?? 0));
  }
  return sums;
}

const [name = "ours, whole pipeline", calls = "100000"] = process.argv.slice(2);
const variant = variants[name];
if (variant === undefined) throw new Error(`There is no variant ${name}`);
const server = fork(new URL("./server.ts", import.meta.url));
const [ports] = (await once(server, "message")) as [Ports];
const list = await variant(`http://127.0.0.1:${ports.small}`);
await profile(20_000, list);
const sums = byStage(await profile(Number(calls), list));
server.kill();
sums.delete("waiting");
const all = [...sums.values()].reduce((sum, us) => sum + us, 0);
console.table(
  [...sums]
    .sort(([, a], [, b]) => b - a)
    .map(([stage, us]) => ({
      stage,
      "µs per call": Number((us / Number(calls)).toFixed(2)),
      "%": Math.round((100 * us) / all),
    })),
);
process.exit();
