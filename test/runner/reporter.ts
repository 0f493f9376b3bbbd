/** The reporter of a process of tests: sends each test to the parent process. */
import type { TestEvent } from "node:test/reporters";
import { END, type Outcome, type Result } from "./outcome.ts";

// If the parent is gone, for whatever reason, so is this process: listening would otherwise keep it alive.
process.once("disconnect", () => process.exit(1));
process.channel?.unref();

type Ended = Extract<TestEvent, { type: "test:pass" | "test:fail" }>;

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type === "test:pass" || event.type === "test:fail") process.send?.(toOutcome(event));
  }
  process.send?.(END);
  // It writes nothing: the other reporter's output is for people.
  yield "";
}

function toOutcome(event: Ended): Outcome {
  const { name, file, details } = event.data;
  return { name, file, isSuite: details.type === "suite", result: toResult(event) };
}

/** Counts like Node. */
function toResult({ type, data }: Ended): Result {
  if (data.skip !== undefined) return "skipped";
  if (data.todo !== undefined) return "todo";
  if (type === "test:pass") return "pass";
  const { error } = data.details;
  return "failureType" in error && error.failureType === "cancelledByParent" ? "cancelled" : "fail";
}
