/** The measurements of a quantity, round by round: the same index in both is the same round. Lower is better. */
export interface Samples {
  readonly base: readonly number[];
  readonly head: readonly number[];
}

/** How the head compares with the base. */
export interface Judgement {
  /** The median of head / base. */
  readonly ratio: number;
  /** The confidence interval of that median, as precise as the number of rounds allows. */
  readonly low: number;
  readonly high: number;
  readonly verdict: "slower" | "faster" | "same";
}

/** The probability that the true median is below a range, and likewise above it. */
const ERROR = 0.005;

/**
 * Judges by the ratios of rounds, in which both took turns on one machine, so that other load affected both. The
 * verdict is `slower` only if even the lower end of the confidence interval of their median is beyond the threshold.
 * The interval is that of the sign test, which assumes nothing about how noise is distributed: it considers how many
 * rounds would come out high by mere chance.
 */
export function judge({ base, head }: Samples, threshold: number): Judgement {
  const ratios = head.map((value, round) => value / (base[round] ?? Number.NaN)).sort((a, b) => a - b);
  const at = (index: number): number => ratios[index] ?? Number.NaN;
  const outside = countOutside(ratios.length);
  const low = outside === undefined ? 0 : at(outside);
  const high = outside === undefined ? Number.POSITIVE_INFINITY : at(ratios.length - 1 - outside);
  return { ratio: at(ratios.length >> 1), low, high, verdict: toVerdict(low, high, threshold) };
}

function toVerdict(low: number, high: number, threshold: number): Judgement["verdict"] {
  if (low > threshold) return "slower";
  return high < 1 / threshold ? "faster" : "same";
}

/**
 * How many of the ratios to leave out of the range at each end: with one more, the true median would by chance be out
 * there in more than `ERROR` of all cases. Undefined if there are too few rounds to conclude anything.
 */
function countOutside(rounds: number): number | undefined {
  // The probability that at most `outside` of the rounds are below the true median, if each is with probability 1/2.
  let binomial = 1;
  let chance = binomial / 2 ** rounds;
  if (chance > ERROR) return undefined;
  for (let outside = 0; ; outside += 1) {
    binomial = (binomial * (rounds - outside)) / (outside + 1);
    chance += binomial / 2 ** rounds;
    if (chance > ERROR) return outside;
  }
}
