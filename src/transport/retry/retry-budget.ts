/**
 * How many retries a connection may spend. Each costs a token, each call that succeeds earns a tenth of one.
 * When nothing succeeds any more, the stock is soon spent, and a server in trouble gets no more than what is
 * really asked of it.
 */
export class RetryBudget {
  static readonly CAPACITY = 100;
  static readonly EARNED_BY_SUCCESS = 0.1;
  #tokens = RetryBudget.CAPACITY;

  succeeded(): void {
    this.#tokens = Math.min(RetryBudget.CAPACITY, this.#tokens + RetryBudget.EARNED_BY_SUCCESS);
  }

  /** Whether there was a token to spend. */
  spend(): boolean {
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
