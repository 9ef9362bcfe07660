// Music and films.

import { leftover } from "../hear/hear.mjs";
import { say } from "../say/say.mjs";
import { done, number, put, targets } from "./targets.mjs";

/** The players meant: named, in the room named, or here; where nothing plays here, the ones that play. */
function players(turn) {
  const found = targets(["media_player"], turn, "media_player");
  if (turn.heard.things.length || turn.heard.rooms.length) return found;
  const playing = (things) => things.filter((each) => each.state.playing);
  return [playing(found), playing(turn.home.things), found].find((each) => each.length) ?? [];
}

const one = (things) => things.slice(0, 1);

export function play(turn) {
  const query = leftover(turn.heard, ["room", "floor", "thing"]);
  const things = one(players(turn));
  if (things.length && !query) return { said: [say(turn.language, "item_what")], changed: false };
  return put(things, { on: true, playing: true, track: 1, query }, "playing", turn, { query });
}

export const pause = (turn) => put(players(turn), { playing: false }, "paused", turn);
export const unpause = (turn) => put(one(players(turn)), { on: true, playing: true }, "resumed", turn);
export const mute = (turn) => put(players(turn), { muted: true }, "muted", turn);
export const unmute = (turn) => put(players(turn), { muted: false }, "unmuted", turn);

function step(by, turn) {
  const things = one(players(turn));
  if (!things.length) return done([], "track", turn);
  const n = Math.max(1, things[0].state.track + by);
  return put(things, { on: true, playing: true, track: n }, "track", turn, { n });
}

export const next = (turn) => step(1, turn);
export const previous = (turn) => step(-1, turn);

export function setVolume(turn) {
  const things = players(turn);
  if (!things.length) return done([], "volume", turn);
  const { n, reply } = number(turn, 0, 100);
  return reply ?? put(things, { volume: n }, "volume", turn, { n });
}

export function changeVolume(turn) {
  const { heard, language } = turn;
  const things = one(players(turn));
  if (!things.length) return done([], "volume", turn);
  if (heard.more === heard.less) return { said: [say(language, "how_much")], changed: false };
  const by = Math.min(heard.numbers[0] ?? 10, 100);
  const n = Math.min(100, Math.max(0, things[0].state.volume + (heard.more ? by : -by)));
  return put(things, { volume: n }, "volume", turn, { n });
}
