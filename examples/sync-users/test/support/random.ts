/** Returns numbers from 0 up to 1 that are the same for the same seed. */
export type Random = () => number;

/** Prints its seed, with which a failure can be reproduced: SEED=… */
export function seededRandom(): Random {
  let state = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 32)) >>> 0;
  console.log(`SEED=${state}`);
  // mulberry32
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
