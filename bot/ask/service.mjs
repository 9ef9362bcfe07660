// The service as the bot sees it: it answers, it does not take the question, or it is away. Nothing is ever thrown.

import { setTimeout as sleep } from "node:timers/promises";

import { ContractError, intentAnswer, versionAnswer } from "./answer.mjs";
import { exchange, ExchangeError } from "./exchange.mjs";
import { Breaker, pause, retryAfter } from "./patience.mjs";

const LATER = new Set([408, 425, 429, 500, 502, 503, 504]);

/** The address of a service, or a plain Error: only http and https, and no name or password in it. */
export function address(given) {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (!url || !["http:", "https:"].includes(url.protocol) || url.username || url.password) {
    throw new Error(`this is no address of a service: it should look like http://127.0.0.1:8000`);
  }
  url.pathname = url.pathname.replace(/\/*$/, "/");
  return url;
}

const broken = (failed) => ({ failed, kind: "broken", final: true });

/** What a status and a body mean: `{answer}`, `{refused}`, or `{failed, kind}`. */
function meaning({ status, headers, body }, check) {
  if (LATER.has(status)) return { failed: `it answers ${status}`, kind: "busy" };
  if (status !== 200) return status >= 400 && status < 500 ? { refused: status } : broken(`it answers ${status}`);
  if (!/^application\/json\b/i.test(headers["content-type"] ?? "")) return broken("its answer is no JSON");
  try {
    return { answer: check(JSON.parse(body)) };
  } catch (error) {
    if (error instanceof SyntaxError) return broken("its answer is no JSON");
    if (error instanceof ContractError) return broken(`its answer breaks the contract: ${error.message}`);
    throw error;
  }
}

export class Service {
  /**
   * `tries` at most, each of `timeout` milliseconds, all within `patience`. Clock, wait and random numbers are passed in.
   */
  constructor(url, options = {}) {
    const usual = { tries: 3, timeout: 1500, patience: 4000, now: Date.now, wait: sleep, random: Math.random };
    Object.assign(this, usual, { breaker: new Breaker() }, options, { url: address(url) });
  }

  /** The intent of a question `{utterance, language, area, domain}`: `{answer}`, `{refused: status}` or `{away: why, kind}`. */
  intent(question) {
    return this.#ask("v1/intent", JSON.stringify(question), intentAnswer);
  }

  /** Which version of the intent model is served: `{answer}`, `{refused: status}` or `{away: why, kind}`. */
  version() {
    return this.#ask("version", undefined, versionAnswer);
  }

  async #ask(path, body, check) {
    if (!this.breaker.allows(this.now())) {
      return { away: "it failed several times, and is left alone for a while", kind: "resting" };
    }
    const end = this.now() + this.patience;
    for (let attempt = 1; ; attempt += 1) {
      const found = await this.#once(path, body, check, end);
      if (!found.failed) {
        this.breaker.worked();
        return found;
      }
      const rest = Math.max(found.asked ?? 0, pause(attempt, this.random));
      if (found.final || attempt >= this.tries || this.now() + rest >= end) {
        this.breaker.failed(this.now(), found.asked);
        return { away: found.failed, kind: found.kind };
      }
      await this.wait(rest);
    }
  }

  async #once(path, body, check, end) {
    const milliseconds = Math.min(this.timeout, end - this.now());
    try {
      const got = await exchange(new URL(path, this.url), { body, milliseconds });
      return { ...meaning(got, check), asked: retryAfter(got.headers["retry-after"], this.now()) };
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
      return { failed: error.message, kind: error.kind, final: error.kind === "huge" };
    }
  }
}
