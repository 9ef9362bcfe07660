// What needs no device: the time, the date, an announcement, a greeting, and what cannot be done yet.

import { leftover } from "../hear/hear.mjs";
import { meaning, say } from "../say/say.mjs";

const only = (turn, key, values) => ({ said: [say(turn.language, key, values)], changed: false });
const when = (turn, options) => new Intl.DateTimeFormat(turn.language, { ...options, timeZone: turn.zone }).format(turn.now);

export const time = (turn) => only(turn, "time", { time: when(turn, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }) });
export const date = (turn) => only(turn, "date", { date: when(turn, { dateStyle: "full" }) });
export const respond = (turn) => only(turn, "respond");
export const nevermind = (turn) => only(turn, "nevermind");

export function broadcast(turn) {
  const message = leftover(turn.heard, []);
  return message ? only(turn, "broadcast", { message }) : only(turn, "item_what");
}

/** Understood, and said honestly: nobody has taught the bot to do this. */
export const cannot = (intent) => (turn) => only(turn, "cannot_yet", { meaning: meaning(turn.language, intent) });
