// A conversation: each line is a command, an answer to the bot's question, or a sentence that the service is asked about.

import { ACTIONS } from "./act/act.mjs";
import { state } from "./act/targets.mjs";
import { line as timerLine, over } from "./act/timers.mjs";
import { guess } from "./guess.mjs";
import { context } from "./hear/context.mjs";
import { hear } from "./hear/hear.mjs";
import { fold, tokens } from "./hear/tokens.mjs";
import { WORDS } from "./hear/words.mjs";
import { nameOf } from "./home/home.mjs";
import { plain } from "./plain.mjs";
import { LANGUAGES, meaning, say } from "./say/say.mjs";

/** Longer lines are not sent. */
export const LONGEST = 500;
/** Below this score the bot asks back: on the holdout fewer than half of such answers are right. */
export const ASK_BELOW = 0.5;
/** From this score on, a lock is opened without asking: on the holdout 99 % of such answers are right. */
export const SURE_FROM = 0.9;

export class Dialogue {
  #pending;
  #last;

  /** `service` has `intent` and `version`; `now` is a clock in milliseconds; `zone` a time zone or undefined. */
  constructor({ service, home, language, zone, now = Date.now }) {
    Object.assign(this, { service, home, language, zone, now });
  }

  /**
   * The reply to a line: `{said, source, changed}`, and where there are any `intent`, `score`, `version`, `digest`,
   * `asked` (the bot asks back) and `quit`. `source` is `service`, `guess`, `bot`, or `none` (nobody knows).
   */
  async reply(line) {
    const reply = { source: "bot", changed: false, ...(await this.#answer(plain(line, LONGEST + 1))) };
    return { ...reply, said: reply.said.map((each) => plain(each, 600)) };
  }

  /** The timers that are over by now, in words. */
  rung() {
    return over(this.home, this.language, this.now()).map((each) => plain(each));
  }

  #say(key, values) {
    return say(this.language, key, values);
  }

  #answer(line) {
    if (!line) return { said: [] };
    if (line.length > LONGEST) return { said: [this.#say("too_long", { n: LONGEST })] };
    if (line.startsWith("/")) return this.#command(line);
    const pending = this.#pending;
    this.#pending = undefined;
    const decided = this.#decided(line);
    if (decided && !pending) return { said: [this.#say("nothing_asked")] };
    if (decided === "no") return { said: [this.#say("not_done")] };
    return decided === "yes" ? this.#act(pending) : this.#ask(line);
  }

  #decided(line) {
    const words = tokens(line).map((each) => each.word);
    if (!words.length || words.length > 2) return undefined;
    return WORDS[this.language].no.has(words[0]) ? "no" : WORDS[this.language].yes.has(words[0]) ? "yes" : undefined;
  }

  async #ask(utterance) {
    const heard = hear(utterance, this.language, this.home);
    const question = { utterance, language: this.language, ...context(heard, this.home.here) };
    const { answer, refused } = await this.service.intent(question);
    if (refused) return { said: [this.#say("refused", { status: refused })], source: "none" };
    if (!answer) return this.#guess(utterance, heard);
    this.#last = answer;
    return { source: "service", ...answer, ...this.#trust(utterance, answer) };
  }

  /** What to do on an answer: an unknown intent is said, a low score is asked about, the rest is done. */
  #trust(utterance, { intent, score }) {
    const known = meaning(this.language, intent);
    if (!known || !ACTIONS.has(intent)) return { said: [this.#say("unknown", { intent })] };
    if (score >= ASK_BELOW) return this.#act({ utterance, intent, sure: score >= SURE_FROM });
    this.#pending = { utterance, intent, sure: false };
    return { said: [this.#say("did_you_mean", { meaning: known })], asked: true };
  }

  #guess(utterance, heard) {
    const intent = guess(utterance, heard);
    if (!intent) return { said: [this.#say("no_guess")], source: "none" };
    const done = this.#act({ utterance, intent, sure: false });
    return { ...done, said: [this.#say("guessing"), ...done.said], source: "guess", intent };
  }

  #act({ utterance, intent, sure }) {
    const heard = hear(utterance, this.language, this.home);
    const turn = { heard, home: this.home, language: this.language, zone: this.zone, now: this.now(), sure };
    const { said, changed, confirm } = ACTIONS.get(intent)(turn);
    if (confirm) this.#pending = { utterance, intent, sure: true };
    return { said, changed, ...(confirm && { asked: true }) };
  }

  async #command(line) {
    const [command, ...rest] = line.slice(1).split(" ");
    const given = fold(rest.join(" "));
    const commands = {
      help: () => ({ said: [this.#say("help", { example: this.#say("example"), room: nameOf(this.home.rooms.kitchen, this.language) })] }),
      version: () => this.#version(),
      home: () => this.#show(),
      language: () => this.#speak(given),
      area: () => this.#move(given),
      quit: () => ({ said: [this.#say("bye")], quit: true }),
    };
    return Object.hasOwn(commands, command) ? commands[command]() : { said: [this.#say("no_command")] };
  }

  /** The version that is served: `{answer}`, or `{why}` not, in words. */
  async #served() {
    const { answer, refused, kind } = await this.service.version();
    if (refused) return { why: String(refused) };
    return answer?.version ? { answer } : { why: this.#say(`why.${answer ? "none" : kind}`) };
  }

  /** What to say first: how to use the bot, and where the service is away, that. */
  async hello(url) {
    const { said } = await this.reply("/help");
    const { answer, why } = await this.#served();
    const about = why ? this.#say("service_away", { url, why }) : `${url} · ${answer.version} · ${answer.digest.slice(0, 12)}`;
    return [...said, plain(about, 600)];
  }

  async #version() {
    const { answer, why } = await this.#served();
    const now = why ? this.#say("no_version", { why }) : this.#say("version", { ...answer, digest: answer.digest.slice(0, 12) });
    const last = this.#last ? [this.#say("last_version", { version: this.#last.version })] : [];
    return { said: [now, ...last], source: why ? "none" : "service", ...answer };
  }

  #show() {
    const turn = { home: this.home, language: this.language, now: this.now() };
    const moving = (at) => at.on || at.playing || at.cleaning || at.mowing || at.position > 0 || at.locked === false;
    const busy = this.home.things.filter((each) => moving(each.state));
    const lists = Object.values(this.home.lists).filter((each) => each.items.length);
    const shown = [
      ...busy.map((each) => state(each, turn)),
      ...this.home.timers.map((each) => timerLine(each, turn)),
      ...lists.map((each) => `${nameOf(each, this.language)}: ${each.items.join(", ")}`),
    ];
    return { said: shown.length ? shown : [this.#say("nothing_on")] };
  }

  #speak(language) {
    if (!LANGUAGES.includes(language)) return { said: [LANGUAGES.join(" · ")] };
    this.language = language;
    return { said: [this.#say("language")] };
  }

  #move(room) {
    const names = (each) => [each[0], ...each[1][this.language]].map(fold);
    const found = Object.entries(this.home.rooms).find((each) => names(each).includes(room));
    const rooms = Object.values(this.home.rooms).map((each) => nameOf(each, this.language)).join(", ");
    if (!found) return { said: [this.#say("no_room", { rooms })] };
    this.home.here = found[0];
    return { said: [this.#say("here", { room: nameOf(found[1], this.language) })], changed: true };
  }
}
