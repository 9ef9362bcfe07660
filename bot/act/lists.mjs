// The shopping list, and the others.

import { fold } from "../hear/tokens.mjs";
import { leftover } from "../hear/hear.mjs";
import { MOST, nameOf } from "../home/home.mjs";
import { plain } from "../plain.mjs";
import { say } from "../say/say.mjs";

const same = (one, other) => fold(one) === fold(other);

/** The list and the item of a sentence: `{id, item, values}`, or `{reply}` where one of them was not understood. */
function meant(turn, shopping) {
  const { heard, home, language } = turn;
  const id = shopping ? "shopping" : heard.lists[0];
  const lists = () => Object.values(home.lists).map((each) => nameOf(each, language)).join(", ");
  if (!id) return { reply: { said: [say(language, "list_which", { lists: lists() })], changed: false } };
  const item = plain(leftover(heard, ["list"], heard.words.list), MOST.text);
  if (!item) return { reply: { said: [say(language, "item_what")], changed: false } };
  return { id, item, values: { item, list: nameOf(home.lists[id], language) } };
}

function add(turn, shopping) {
  const { id, item, values, reply } = meant(turn, shopping);
  if (reply) return reply;
  const { items } = turn.home.lists[id];
  if (items.length >= MOST.items) return { said: [say(turn.language, "too_many")], changed: false };
  if (!items.some((each) => same(each, item))) items.push(item);
  return { said: [say(turn.language, "item_added", values)], changed: true };
}

function take(turn, shopping, key) {
  const { id, item, values, reply } = meant(turn, shopping);
  if (reply) return reply;
  const list = turn.home.lists[id];
  const rest = list.items.filter((each) => !same(each, item));
  const changed = rest.length < list.items.length;
  list.items = rest;
  return { said: [say(turn.language, changed ? key : "item_missing", values)], changed };
}

export const shoppingAdd = (turn) => add(turn, true);
export const shoppingDone = (turn) => take(turn, true, "item_done");
export const listAdd = (turn) => add(turn, false);
export const listDone = (turn) => take(turn, false, "item_done");
export const listRemove = (turn) => take(turn, false, "item_removed");
