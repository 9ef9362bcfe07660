// How long to wait before asking again, and when to stop asking for a while.

/** Milliseconds before try `attempt` (from 1): anything up to the doubled step ("full jitter"), at most `most`. */
export function pause(attempt, random, { step = 100, most = 1000 } = {}) {
  return random() * Math.min(most, step * 2 ** attempt);
}

/** Milliseconds that a Retry-After header asks for (seconds or an HTTP date), at most an hour; 0 where it says nothing. */
export function retryAfter(header, now) {
  if (typeof header !== "string") return 0;
  const asked = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(asked) ? Math.min(Math.max(asked, 0), 3_600_000) : 0;
}

/** A circuit breaker: after `after` failures in a row nobody is asked for a while, then one question tries again. */
export class Breaker {
  #failures = 0;
  #until = 0;
  #trying = false;

  constructor({ after = 5, rest = 10_000, most = 60_000 } = {}) {
    Object.assign(this, { after, rest, most });
  }

  /** Whether a question may be asked at `now` (milliseconds); one that may has to be reported to worked or failed. */
  allows(now) {
    if (now < this.#until || this.#trying) return false;
    this.#trying = this.#failures >= this.after;
    return true;
  }

  /** Milliseconds from `now` until the next question may be asked; 0 where one may. */
  closedFor(now) {
    return Math.max(0, this.#until - now);
  }

  worked() {
    this.#failures = 0;
    this.#until = 0;
    this.#trying = false;
  }

  /** A failure at `now`; where the service itself asked for `asked` milliseconds of rest, it gets them. */
  failed(now, asked = 0) {
    this.#failures += 1;
    this.#trying = false;
    const over = this.#failures - this.after;
    const rest = over < 0 ? 0 : Math.min(this.most, this.rest * 2 ** Math.min(over, 10));
    this.#until = now + Math.max(rest, asked);
  }
}
