import { median } from "../median.ts";
import { type Judgement, judge, type Samples } from "./judge.ts";

/** What was measured, and its limit. */
export interface Quantity {
  /** For example `import, CPU`. */
  readonly name: string;
  /** For example `ms`. */
  readonly unit: string;
  /** Up to this many times the base counts as the same. */
  readonly threshold: number;
}

/** A quantity in both trees; without samples where the base cannot do it. */
export interface Measured extends Quantity {
  readonly samples: Samples | undefined;
}

const SIGNS: Readonly<Record<Judgement["verdict"], string>> = {
  slower: "❌ worse",
  faster: "🚀 better",
  same: "same",
};

/** A table in Markdown, and whether something is worse. */
export function toReport(measured: readonly Measured[]): {
  readonly markdown: string;
  readonly worse: boolean;
} {
  const rows = measured.map(({ name, unit, threshold, samples }) => {
    if (samples === undefined) return { cells: [name, "cannot do it", "", "", "", "new"], worse: false };
    const { ratio, low, high, verdict } = judge(samples, threshold);
    const [base, head] = [median(samples.base), median(samples.head)].map(
      (value) => `${round(value)} ${unit}`,
    );
    const range = `${low.toFixed(2)} to ${high.toFixed(2)}`;
    const limit = `${Math.round((threshold - 1) * 100)} %`;
    return {
      cells: [name, base, head, ratio.toFixed(2), range, `${SIGNS[verdict]} (limit ${limit})`],
      worse: verdict === "slower",
    };
  });
  const head = ["", "base", "head", "head / base", "99 % range", ""];
  const lines = [head, head.map(() => "---"), ...rows.map(({ cells }) => cells)];
  return {
    markdown: lines.map((cells) => `| ${cells.join(" | ")} |\n`).join(""),
    worse: rows.some((row) => row.worse),
  };
}

/** Rounds to three digits. */
function round(value: number): string {
  return String(Number(value.toPrecision(3)));
}
