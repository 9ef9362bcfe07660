// Lights, heating and fans by numbers and colours; the robots.

import { nameOf } from "../home/home.mjs";
import { say } from "../say/say.mjs";
import { done, number, put, targets } from "./targets.mjs";

export function lightSet(turn) {
  const { heard, language } = turn;
  const things = targets(["light"], turn, "light");
  if (!things.length) return done([], "on", turn);
  if (heard.color && !heard.numbers.length) {
    const color = say(language, `color.${heard.color}`);
    return put(things, { on: true, color: heard.color }, "color", turn, { color });
  }
  if (heard.numbers[0] >= 1000 && heard.numbers[0] <= 10_000) {
    const n = heard.numbers[0];
    return put(things, { on: true, color: `${n} K` }, "kelvin", turn, { n });
  }
  const { n, reply } = number(turn, 0, 100);
  return reply ?? put(things, { on: n > 0, brightness: n }, "brightness", turn, { n });
}

export function fanSpeed(turn) {
  const things = targets(["fan"], turn, "fan");
  if (!things.length) return done([], "speed", turn);
  const { n, reply } = number(turn, 0, 100);
  return reply ?? put(things, { on: n > 0, speed: n }, "speed", turn, { n });
}

export function getTemperature(turn) {
  const things = targets(["climate"], turn, "climate");
  if (!things.length) return done([], "temperature", turn);
  const told = (each) => done([each], "temperature", turn, { n: each.state.temperature }).said[0];
  return { said: things.map(told), changed: false };
}

export function setTemperature(turn) {
  const things = targets(["climate"], turn, "climate");
  if (!things.length) return done([], "target", turn);
  const { n, reply } = number(turn, 5, 35);
  return reply ?? put(things, { on: true, target: n }, "target", turn, { n });
}

export function fanMode(turn) {
  const mode = turn.heard.fan;
  const things = targets(["climate"], turn, "climate");
  if (things.length && !mode) return { said: [say(turn.language, "how_much")], changed: false };
  return put(things, { on: true, fan_mode: mode }, "fan_mode", turn, { mode: mode && say(turn.language, `fan.${mode}`) });
}

const robots = (kind, turn) => targets([kind], { ...turn, heard: { ...turn.heard, rooms: [], every: true } }, kind);

export function cleanArea(turn) {
  const room = turn.heard.rooms[0] ?? turn.home.here;
  return put(robots("vacuum", turn), { cleaning: room }, "cleaning", turn, { room: nameOf(turn.home.rooms[room], turn.language) });
}

export const vacuumStart = (turn) => put(robots("vacuum", turn), { cleaning: "*" }, "cleaning_all", turn);
export const vacuumReturn = (turn) => put(robots("vacuum", turn), { cleaning: "" }, "docked", turn);
export const mow = (turn) => put(robots("lawn_mower", turn), { mowing: true }, "mowing", turn);
export const mowerDock = (turn) => put(robots("lawn_mower", turn), { mowing: false }, "docked", turn);
