// Kitchen timers. A running one has `due` (milliseconds of the clock), a paused one `left` (seconds).

import { leftover } from "../hear/hear.mjs";
import { LONGEST } from "../hear/durations.mjs";
import { MOST } from "../home/home.mjs";
import { clock, say } from "../say/say.mjs";

const LONGEST_NAME = 40;

const left = (timer, now) => timer.left ?? (timer.due - now) / 1000;
const title = (timer, language) => say(language, "timer", { name: timer.name || clock(timer.seconds) });
const nothing = (turn, key, values) => ({ said: [say(turn.language, key, values)], changed: false });

/** A line that tells how a timer stands. */
export function line(timer, { language, now }) {
  const values = { timer: title(timer, language), time: clock(left(timer, now)) };
  return say(language, timer.left === undefined ? "timer_left" : "timer_paused", values);
}

/** Take away and tell the timers that are over at `now`. */
export function over(home, language, now) {
  const rung = home.timers.filter((each) => each.due !== undefined && each.due <= now);
  home.timers = home.timers.filter((each) => !rung.includes(each));
  return rung.map((each) => say(language, "timer_over", { timer: title(each, language) }));
}

const spoken = ({ heard }) => leftover(heard, ["duration", "room", "floor"], heard.words.timer).slice(0, LONGEST_NAME);

/** The timers meant: by name, else by the length they were set to, else by room. A name nobody has means no named one. */
function meant(turn, lengths) {
  const { home, heard } = turn;
  const said = spoken(turn).toLowerCase();
  const alike = (name) => name && said && (said.includes(name) || name.includes(said));
  const named = home.timers.filter((each) => alike(each.name.toLowerCase()));
  if (named.length) return named;
  const long = home.timers.filter((each) => lengths.includes(each.seconds));
  if (long.length) return long;
  const others = said ? home.timers.filter((each) => !each.name) : home.timers;
  return heard.rooms.length ? others.filter((each) => heard.rooms.includes(each.room)) : others;
}

/** Do something to the one timer meant; ask which, where there are several. */
function withOne(turn, lengths, change) {
  const found = meant(turn, lengths);
  if (!found.length) return nothing(turn, "timer_none");
  if (found.length > 1) return nothing(turn, "timer_which", { timers: found.map((each) => title(each, turn.language)).join(", ") });
  return change(found[0]);
}

export function start(turn) {
  const { heard, home, language, now } = turn;
  const seconds = heard.durations[0];
  if (!seconds) return nothing(turn, "timer_how_long");
  if (home.timers.length >= MOST.timers) return nothing(turn, "too_many");
  const name = spoken(turn);
  const later = !heard.sentence.some((each) => heard.words.timer.has(each.word)) && name;
  const timer = { name, room: heard.rooms[0] ?? home.here, seconds, due: now + seconds * 1000 };
  home.timers.push(timer);
  return { said: [line(timer, { language, now }), ...(later ? [say(language, "timer_later")] : [])], changed: true };
}

/** Longer (1) or shorter (-1): of two lengths in a sentence, the one that a timer was set to names the timer. */
function change(way, turn) {
  const { heard, home, language, now } = turn;
  const names = heard.durations.length > 1 ? heard.durations.filter((each) => home.timers.some((timer) => timer.seconds === each)) : [];
  const by = heard.durations.find((each) => !names.includes(each)) ?? heard.durations[0];
  if (!by) return nothing(turn, "timer_how_long");
  return withOne(turn, names, (timer) => {
    const seconds = Math.min(LONGEST, Math.max(0, left(timer, now) + way * by));
    Object.assign(timer, timer.left === undefined ? { due: now + seconds * 1000 } : { left: seconds });
    return { said: [line(timer, { language, now })], changed: true };
  });
}

export const increase = (turn) => change(1, turn);
export const decrease = (turn) => change(-1, turn);

export function cancel(turn) {
  return withOne(turn, turn.heard.durations, (timer) => {
    turn.home.timers = turn.home.timers.filter((each) => each !== timer);
    return { said: [say(turn.language, "timer_cancelled", { timer: title(timer, turn.language) })], changed: true };
  });
}

export function cancelAll(turn) {
  const { rooms } = turn.heard;
  const gone = turn.home.timers.filter((each) => !rooms.length || rooms.includes(each.room));
  turn.home.timers = turn.home.timers.filter((each) => !gone.includes(each));
  return { said: [say(turn.language, "timers_cancelled", { n: gone.length })], changed: gone.length > 0 };
}

export function pause(turn) {
  return withOne(turn, turn.heard.durations, (timer) => {
    Object.assign(timer, { left: Math.max(0, left(timer, turn.now)), due: undefined });
    return { said: [line(timer, turn)], changed: true };
  });
}

export function resume(turn) {
  return withOne(turn, turn.heard.durations, (timer) => {
    Object.assign(timer, { due: turn.now + left(timer, turn.now) * 1000, left: undefined });
    return { said: [line(timer, turn)], changed: true };
  });
}

export function status(turn) {
  const found = meant(turn, turn.heard.durations);
  return found.length ? { said: found.slice(0, 10).map((each) => line(each, turn)), changed: false } : nothing(turn, "timer_none");
}
