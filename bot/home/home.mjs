// The small home: rooms, things, lists and timers; in memory, and in a JSON file where one is given.

import { readFileSync, renameSync, writeFileSync } from "node:fs";

import { say } from "../say/say.mjs";

const FIRST = new URL("./home.json", import.meta.url);
/** More is not remembered. */
export const MOST = { timers: 50, items: 200, text: 100, bytes: 1_000_000 };

/** A file that is no home of ours. */
export class HomeError extends Error {}

const isText = (value) => typeof value === "string" && value.length > 0 && value.length <= MOST.text;
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function demand(right, what) {
  if (!right) throw new HomeError(what);
}

const timer = (each) =>
  isObject(each) && typeof each.name === "string" && each.name.length <= MOST.text && isText(each.room) &&
  Number.isFinite(each.seconds) && (Number.isFinite(each.due) || Number.isFinite(each.left));

const sameKinds = (one, other) => Object.keys(other).every((key) => typeof one[key] === typeof other[key]);

/** `found` where it has the first home's rooms and things, and sound state, lists and timers; throws HomeError. */
function checked(found, first) {
  demand(isObject(found), "it is no object");
  demand(Object.hasOwn(first.rooms, found.here), "`here` is no room of it");
  const things = Array.isArray(found.things) ? found.things : [];
  demand(things.length === first.things.length, "`things` are not those of this home");
  first.things.forEach((each, place) => {
    demand(things[place]?.id === each.id && isObject(things[place].state), `${each.id} is not where it should be`);
    demand(sameKinds(things[place].state, each.state), `the state of ${each.id} is not what it should be`);
  });
  for (const name of Object.keys(first.lists)) {
    const items = found.lists?.[name]?.items;
    demand(Array.isArray(items) && items.length <= MOST.items && items.every(isText), `the list ${name} is not what it should be`);
  }
  demand(Array.isArray(found.timers) && found.timers.length <= MOST.timers, "`timers` is not what it should be");
  demand(found.timers.every(timer), "a timer is not what it should be");
  return found;
}

/** What changes, put into the fixed home: names and rooms always come from this program. */
function merged(found, first) {
  found.things.forEach(({ state }, place) => {
    for (const key of Object.keys(first.things[place].state)) first.things[place].state[key] = state[key];
  });
  for (const name of Object.keys(first.lists)) first.lists[name].items = found.lists[name].items;
  const timers = found.timers.map(({ name, room, seconds, due, left }) => ({ name, room, seconds, due, left }));
  return { ...first, here: found.here, timers };
}

function stored(file) {
  const text = readFileSync(file, "utf-8");
  demand(text.length <= MOST.bytes, "it is too large");
  try {
    return JSON.parse(text);
  } catch {
    throw new HomeError("it is no JSON");
  }
}

/** The first home, or the one of `file` where that exists. Throws HomeError where the file is something else. */
export function open(file) {
  const first = JSON.parse(readFileSync(FIRST, "utf-8"));
  if (file === undefined) return first;
  try {
    return merged(checked(stored(file), first), first);
  } catch (error) {
    if (error.code === "ENOENT") return first;
    if (error instanceof HomeError || error.code) throw new HomeError(`${file}: ${error.message}`);
    throw error;
  }
}

/** Write the home to `file`, whole or not at all; nothing where there is no file. */
export function save(home, file) {
  if (file === undefined) return;
  try {
    writeFileSync(`${file}.new`, JSON.stringify(home, null, 2) + "\n");
    renameSync(`${file}.new`, file);
  } catch (error) {
    throw new HomeError(`${file}: ${error.message}`);
  }
}

/** The name of a room or a list in a language. */
export const nameOf = (named, language) => [named.names?.[language] ?? named[language]].flat()[0];

/** How a thing is called: by its name, or by its kind and room. */
export function label(thing, home, language) {
  if (thing.names) return nameOf(thing, language);
  return `${say(language, `kind.${thing.kind}`)} (${nameOf(home.rooms[thing.room], language)})`;
}

/** The names of things, joined. */
export const labels = (things, home, language) => things.map((each) => label(each, home, language)).join(", ");
