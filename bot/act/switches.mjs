// On and off, open and closed, locked and unlocked: what these mean depends on the thing.

import { labels } from "../home/home.mjs";
import { say } from "../say/say.mjs";
import { done, number, put, state, targets } from "./targets.mjs";

const PLAIN = ["light", "switch", "fan", "media_player", "climate", "input_boolean"];
const OPENING = ["cover", "valve"];
const STARTING = ["scene", "script", "button"];
const SWITCHED = [...PLAIN, ...OPENING, "lock", "vacuum", "lawn_mower", ...STARTING];
/** Where opening by mistake does harm: asked about first, unless the model is quite sure. */
const GUARDED = ["lock", "valve"];

const among = (things, kinds) => things.filter((each) => kinds.includes(each.kind));

/** What happened to each kind of thing, put together. */
function together(things, turn, parts) {
  if (!things.length) return done([], "on", turn);
  const here = parts.filter(([kinds]) => among(things, kinds).length);
  const replies = here.map(([kinds, change, key]) => put(among(things, kinds), change, key, turn));
  return { said: replies.flatMap((each) => each.said), changed: true };
}

const meant = (turn) => targets(SWITCHED, turn, turn.heard.rooms.length || turn.heard.every ? "light" : undefined);

/** Open only on being sure: `{confirm}` is the question, and the same sentence is carried out after a yes. */
function guarded(things, turn) {
  const risky = among(things, GUARDED);
  if (!risky.length || turn.sure) return undefined;
  return { said: [say(turn.language, "sure", { things: labels(risky, turn.home, turn.language) })], changed: false, confirm: true };
}

export function turnOn(turn) {
  const things = meant(turn);
  return guarded(among(things, ["valve"]), turn) ?? together(things, turn, [
    [PLAIN, { on: true }, "on"],
    [OPENING, { position: 100 }, "open"],
    [["lock"], { locked: true }, "locked"],
    [["vacuum"], { cleaning: "*" }, "cleaning_all"],
    [["lawn_mower"], { mowing: true }, "mowing"],
    [STARTING, {}, "activated"],
  ]);
}

export function turnOff(turn) {
  const things = meant(turn);
  return guarded(among(things, ["lock"]), turn) ?? together(things, turn, [
    [PLAIN.filter((kind) => kind !== "media_player"), { on: false }, "off"],
    [["media_player"], { on: false, playing: false }, "off"],
    [OPENING, { position: 0 }, "closed"],
    [["lock"], { locked: false }, "unlocked"],
    [["vacuum"], { cleaning: "" }, "docked"],
    [["lawn_mower"], { mowing: false }, "docked"],
    [STARTING, {}, "cannot_off"],
  ]);
}

export function setPosition(turn) {
  const things = targets(OPENING, turn, "cover");
  if (!things.length) return done([], "position", turn);
  const { n, reply } = number(turn, 0, 100);
  if (reply) return reply;
  const opened = things.filter((each) => each.kind === "valve" && each.state.position < n);
  return guarded(opened, turn) ?? put(things, { position: n }, "position", turn, { n });
}

export function getState(turn) {
  const kinds = [...new Set(turn.home.things.map((each) => each.kind))];
  const things = targets(kinds, turn, turn.heard.rooms.length ? "light" : undefined);
  const asked = !things.length && turn.heard.kind ? turn.home.things.filter((each) => each.kind === turn.heard.kind) : things;
  if (!asked.length) return done([], "on", turn);
  return { said: asked.slice(0, 10).map((each) => state(each, turn)), changed: false };
}
