import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromDate } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { createMessage } from "../../src/input/create-message.ts";
import { InputProblem } from "../../src/input/input-problem.ts";
import { NodeSchema } from "./support.ts";

/** What a program passes, and what protobuf-es accepts in its place. */
interface Pair {
  readonly given: unknown;
  readonly plain: unknown;
}

/** Times that ISO 8601 has four digits for. */
const date = fc.date({
  min: new Date("0001-01-01T00:00:00Z"),
  max: new Date("9999-12-31T23:59:59Z"),
  noInvalidDate: true,
});

const time: fc.Arbitrary<Pair> = date.chain((at) => {
  const plain = timestampFromDate(at);
  const { seconds, nanos } = plain;
  return fc
    .constantFrom<unknown>(at, at.toISOString(), plain, { seconds, nanos })
    .map((given) => ({ given, plain }));
});

const length: fc.Arbitrary<Pair> = fc.integer({ min: -1e12, max: 1e12 }).chain((ms) => {
  const plain = durationFromMs(ms);
  return fc
    .constantFrom<unknown>(ms, `${ms < 0 ? "-" : ""}PT${Math.abs(ms) / 1_000}S`, plain)
    .map((given) => ({ given, plain }));
});

const mood: fc.Arbitrary<Pair> = fc.constantFrom(
  { given: "MOOD_GOOD", plain: 1 },
  { given: "MOOD_BAD", plain: 7 },
  { given: 7, plain: 7 },
  { given: 99, plain: 99 },
);

const pairs = (items: readonly Pair[]): Pair => ({
  given: items.map(({ given }) => given),
  plain: items.map(({ plain }) => plain),
});

const entries = (items: Readonly<Record<string, Pair | undefined>>): Pair => {
  const set = Object.entries(items).filter((entry): entry is [string, Pair] => entry[1] !== undefined);
  return {
    given: Object.fromEntries(set.map(([key, { given }]) => [key, given])),
    plain: Object.fromEntries(set.map(([key, { plain }]) => [key, plain])),
  };
};

const arbitraryList = (item: fc.Arbitrary<Pair>) => fc.array(item, { maxLength: 3 }).map(pairs);
const arbitraryMap = (item: fc.Arbitrary<Pair>) =>
  fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), item, { maxKeys: 2 }).map(entries);
const arbitraryCase = (name: string, value: fc.Arbitrary<Pair>) =>
  value.map(({ given, plain }) => ({
    given: { case: name, value: given },
    plain: { case: name, value: plain },
  }));

const { node } = fc.letrec<{ node: Pair }>((tie) => {
  const nested = tie("node");
  const what = fc.oneof(
    arbitraryCase("since", time),
    arbitraryCase("period", length),
    arbitraryCase("feeling", mood),
    arbitraryCase("other", nested),
  );
  const fields = {
    at: time,
    lasts: length,
    mood,
    child: nested,
    times: arbitraryList(time),
    lengths: arbitraryList(length),
    moods: arbitraryList(mood),
    children: arbitraryList(nested),
    timeByName: arbitraryMap(time),
    moodByName: arbitraryMap(mood),
    childByName: arbitraryMap(nested),
    what,
  };
  return {
    node: fc.oneof(
      { maxDepth: 3 },
      fc.constant(entries({})),
      fc.record(fields, { requiredKeys: [] }).map(entries),
    ),
  };
});

function freezeAll(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  Object.values(value).forEach(freezeAll);
}

describe("what a program passes as a message", () => {
  it("may contain dates, strings, numbers and names at any depth, and is not changed", () => {
    fc.assert(
      fc.property(node, ({ given, plain }) => {
        const before = structuredClone(given);
        freezeAll(given);
        const message = createMessage(NodeSchema, given as object);
        assert.ok(!(message instanceof InputProblem));
        const expected = create(NodeSchema, plain as Record<string, unknown>);
        assert.deepEqual(toBinary(NodeSchema, message), toBinary(NodeSchema, expected));
        assert.deepEqual(given, before);
      }),
    );
  });

  it("may already be a message, with a date in it", () => {
    const message = Object.assign(create(NodeSchema), { at: new Date(1_500), child: create(NodeSchema) });
    const made = createMessage(NodeSchema, message);
    assert.ok(!(made instanceof InputProblem));
    const expected = create(NodeSchema, {
      at: timestampFromDate(new Date(1_500)),
      child: create(NodeSchema),
    });
    assert.deepEqual(toBinary(NodeSchema, made), toBinary(NodeSchema, expected));
    assert.ok(message.at instanceof Date);
  });

  it("is used unchanged if there is nothing to convert", () => {
    const message = create(NodeSchema, { mood: 1, child: { mood: 7 } });
    assert.equal(createMessage(NodeSchema, message), message);
  });

  it("may be an instance of the program's own class, with accessors and private fields", () => {
    class Visit {
      readonly #at = new Date(0);
      get at(): Date {
        return this.#at;
      }
      get mood(): string {
        return "MOOD_GOOD";
      }
    }
    const made = createMessage(NodeSchema, { child: new Visit() });
    assert.ok(!(made instanceof InputProblem));
    const expected = create(NodeSchema, { child: { at: timestampFromDate(new Date(0)), mood: 1 } });
    assert.deepEqual(toBinary(NodeSchema, made), toBinary(NodeSchema, expected));
  });

  const wrong: readonly [what: string, given: object, property: string, field: string][] = [
    ["in a list of messages", { children: [{}, { at: 5 }] }, "children[1].at", "children[1].at"],
    ["in a list of enums", { moods: [1, "MOOD_ODD"] }, "moods[1]", "moods[1]"],
    ["in a map", { timeByName: { a: 5 } }, "timeByName[a]", "time_by_name[a]"],
    ["in a oneof", { what: { case: "since", value: 5 } }, "what.value", "since"],
    ["deep in a oneof", { what: { case: "other", value: { at: 5 } } }, "what.value.at", "other.at"],
    ["as a value without a case", { what: { value: new Date() } }, "what", "what"],
  ];
  for (const [what, given, property, field] of wrong) {
    it(`is refused with the path of what is wrong: ${what}`, () => {
      const problem = createMessage(NodeSchema, given);
      assert.ok(problem instanceof InputProblem);
      assert.deepEqual([problem.property, problem.field], [property, field]);
    });
  }

  it("is never quoted in the error", () => {
    const secret = "hunter2-hunter2-hunter2";
    for (const given of [
      { at: secret },
      { lasts: secret },
      { mood: secret },
      { [secret.repeat(3)]: 1 },
      { what: secret },
    ]) {
      const problem = createMessage(NodeSchema, given);
      assert.ok(problem instanceof InputProblem);
      assert.doesNotMatch(JSON.stringify(problem), /hunter2/);
    }
  });
});
