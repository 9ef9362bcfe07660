// Which things a sentence means.

import { label, labels } from "../home/home.mjs";
import { say } from "../say/say.mjs";

/** The things of a kind where the speaker means them: in the rooms named, everywhere, here, or the only one there is. */
function ofKind(kind, { heard, home }) {
  const all = home.things.filter((each) => each.kind === kind);
  if (heard.rooms.length) return all.filter((each) => heard.rooms.includes(each.room));
  if (heard.every) return all;
  const here = all.filter((each) => each.room === home.here);
  return here.length || all.length !== 1 ? here : all;
}

/** The things meant: named ones, else those of the kind named, else those of `otherwise`; only of `kinds`. */
export function targets(kinds, turn, otherwise) {
  const named = turn.heard.things.filter((each) => kinds.includes(each.kind));
  // "The thermostat in the bathroom" names a kind, though another room has one of that name.
  const { rooms } = turn.heard;
  const elsewhere = named.length === 1 && named[0].kind === "climate" && rooms.length && !rooms.includes(named[0].room);
  const there = elsewhere ? ofKind("climate", turn) : [];
  if (named.length) return there.length ? there : named;
  if (kinds.includes(turn.heard.kind)) return ofKind(turn.heard.kind, turn);
  return otherwise ? ofKind(otherwise, turn) : [];
}

/** What was done to things: `{said, changed}`; without things, the question which were meant. */
export function done(things, key, turn, values = {}) {
  if (!things.length) return { said: [say(turn.language, "which_thing")], changed: false };
  return { said: [say(turn.language, key, { ...values, things: labels(things, turn.home, turn.language) })], changed: true };
}

/** Put `state` into each thing, and say `key`. */
export function put(things, state, key, turn, values) {
  for (const each of things) Object.assign(each.state, typeof state === "function" ? state(each.state) : state);
  return done(things, key, turn, values);
}

/** The first number of a sentence within a range, or what to say instead: `{n}` or `{reply}`. */
export function number({ heard, language }, least, most) {
  const given = heard.most ? most : heard.least ? least : undefined;
  const n = heard.numbers[0] ?? given;
  if (n === undefined) return { reply: { said: [say(language, "how_much")], changed: false } };
  if (n >= least && n <= most) return { n };
  return { reply: { said: [say(language, "no_range", { n, least, most })], changed: false } };
}

/** The state of a thing in words. */
export function state(thing, { home, language }) {
  const { state: now, kind } = thing;
  const tell = (key, values) => say(language, key, { things: label(thing, home, language), ...values });
  const open = () => (now.position === 0 ? tell("closed") : now.position === 100 ? tell("open") : tell("position", { n: now.position }));
  const kinds = {
    cover: open,
    valve: open,
    lock: () => tell(now.locked ? "locked" : "unlocked"),
    climate: () => tell("temperature", { n: now.temperature }),
    media_player: () => (now.playing ? tell("playing", { query: now.query || "…" }) : tell(now.on ? "on" : "off")),
    vacuum: () => (now.cleaning ? tell("cleaning_all") : tell("docked")),
    lawn_mower: () => tell(now.mowing ? "mowing" : "docked"),
    person: () => tell(now.here ? "at_home" : "away"),
    sensor: () => tell("value", { value: now.value }),
    window: () => tell(now.open ? "open" : "closed"),
    binary_sensor: () => tell(now.alarm ? "alarm" : "calm"),
  };
  return (kinds[kind] ?? (() => tell(now.on ? "on" : "off")))();
}
