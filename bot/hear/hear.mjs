// What a sentence names: things, rooms, lists, numbers, lengths of time, colours. The intent is the model's to say.

import { durations, numberAt } from "./durations.mjs";
import { says, tokens } from "./tokens.mjs";
import { WORDS } from "./words.mjs";

/** Compound words of German and Dutch: `Küchenlicht` becomes kitchen and light. */
function split(sentence, rooms, words) {
  return sentence.flatMap((token) => {
    for (const room of rooms) {
      if (room.length < 4 || !token.word.startsWith(room)) continue;
      const rest = token.word.slice(room.length).replace(/^[ns]/, "");
      const kind = [token.word.slice(room.length), rest].find((each) => words.kinds.has(each));
      if (kind) {
        const cut = token.end - kind.length;
        return [{ ...token, word: room, end: cut }, { ...token, word: kind, start: cut }];
      }
    }
    return [token];
  });
}

/** All that has a name, the longest names first: `[{role, what, words}]`. */
function named(home, language) {
  const name = (role, what, texts) => [texts].flat().map((text) => ({ role, what, words: tokens(text).map((each) => each.word) }));
  const all = [
    ...home.things.filter((each) => each.names).flatMap((each) => name("thing", each, each.names[language])),
    ...Object.entries(home.rooms).flatMap(([id, names]) => name("room", id, names[language])),
    ...Object.entries(home.floors).flatMap(([id, names]) => name("floor", id, names[language])),
    ...Object.entries(home.lists).flatMap(([id, each]) => name("list", id, each.names[language])),
  ];
  return all.sort((one, other) => other.words.length - one.words.length || other.words[0].length - one.words[0].length);
}

function mark(sentence, { role, what, words }, found) {
  for (let place = 0; place + words.length <= sentence.length; place += 1) {
    if (!says(sentence, place, words)) continue;
    for (let each = place; each < place + words.length; each += 1) sentence[each].role = role;
    if (!found[role].includes(what)) found[role].push(what);
  }
}

/** The numbers that belong to no length of time. */
function numbers(sentence, words) {
  const found = [];
  for (let place = 0; place < sentence.length; place += 1) {
    const number = sentence[place].role ? undefined : numberAt(sentence, place, words);
    const digits = /^\d/.test(sentence[place].word);
    const small = words.small.includes(sentence[place].word);
    if (number && (digits || (!small && !number.half && number.value > 1))) found.push(number.value);
  }
  return found;
}

/** The rooms of a floor; one without rooms stands for itself, so that nothing elsewhere is meant. */
function roomsOf(floor, home) {
  const rooms = Object.keys(home.rooms).filter((id) => home.rooms[id].floor === floor);
  return rooms.length ? rooms : [floor];
}

/** Everything that a sentence names. `text` is the sentence; `sentence` its words. */
export function hear(utterance, language, home) {
  const words = WORDS[language];
  const text = utterance.normalize("NFC");
  const rooms = Object.values(home.rooms).flatMap((names) => names[language].map((name) => tokens(name)[0].word));
  const sentence = split(tokens(text), rooms, words);
  const found = { thing: [], room: [], floor: [], list: [] };
  for (const each of named(home, language)) mark(sentence, each, found);
  const lengths = durations(sentence, words);
  const open = sentence.filter((each) => !each.role).map((each) => each.word);
  const first = (known) => known.get(open.find((word) => known.has(word)));
  const any = (set) => open.some((word) => set.has(word));
  return {
    text, sentence, language, words,
    things: found.thing, rooms: [...found.room, ...found.floor.flatMap((id) => roomsOf(id, home))], lists: found.list,
    durations: lengths, numbers: numbers(sentence, words),
    kind: first(words.kinds), color: first(words.colors), fan: first(words.fan),
    every: any(words.every), more: any(words.more), less: any(words.less), most: any(words.most), least: any(words.least),
  };
}

/**
 * What is left of a sentence when the words of `roles` and `cut` are taken out: the longest piece, without the small
 * words and verbs at its edges, as it was written. Empty where nothing is left.
 */
export function leftover({ text, sentence, words }, roles, cut = new Set(), noise = words.noise) {
  const pieces = [[]];
  for (const token of sentence) {
    if (roles.includes(token.role) || cut.has(token.word)) pieces.push([]);
    else pieces.at(-1).push(token);
  }
  const bare = (piece) => {
    const start = piece.findIndex((each) => !noise.has(each.word));
    const end = piece.findLastIndex((each) => !noise.has(each.word));
    return start < 0 ? "" : text.slice(piece[start].start, piece[end].end);
  };
  return pieces.map(bare).reduce((longest, piece) => (piece.length > longest.length ? piece : longest), "");
}
