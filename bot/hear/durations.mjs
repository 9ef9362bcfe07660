// Numbers and lengths of time, in digits and in words.

import { tokens } from "./tokens.mjs";

const SECONDS = { hour: 3600, minute: 60, second: 1 };
/** Longer than a week is no kitchen timer. */
export const LONGEST = 7 * 24 * 3600;

const phrase = (sentence, place, text) => {
  const words = tokens(text).map((each) => each.word);
  return words.every((word, index) => sentence[place + index]?.word === word) ? words.length : 0;
};

/** The number at a place: `{value, length}`, or undefined. */
export function numberAt(sentence, place, words) {
  const { word } = sentence[place];
  for (const [text, value] of Object.entries(words.halves)) {
    const length = phrase(sentence, place, text);
    if (length) return { value, length, half: true };
  }
  if (/^\d/.test(word)) return { value: Number(word.replace(",", ".")), length: 1 };
  return words.numbers.has(word) ? { value: words.numbers.get(word), length: 1 } : undefined;
}

/** One number with its unit at a place: `{seconds, unit, length}`, or undefined. */
function partAt(sentence, place, words) {
  const number = numberAt(sentence, place, words);
  const after = number && sentence[place + number.length];
  const unit = after && words.units.get(after.word);
  if (!unit) return undefined;
  let length = number.length + 1;
  const more = words.halfMore.map((text) => phrase(sentence, place + length, text)).find(Boolean) ?? 0;
  length += more;
  return { seconds: (number.value + (more ? 0.5 : 0)) * SECONDS[unit], unit: SECONDS[unit], length };
}

/** All lengths of time in a sentence, in seconds; their words get the role `duration`. */
export function durations(sentence, words) {
  const found = [];
  let last;
  for (let place = 0; place < sentence.length; ) {
    const part = sentence[place].role ? undefined : partAt(sentence, place, words);
    if (!part) {
      if (!words.joins.includes(sentence[place].word)) last = undefined;
      place += 1;
      continue;
    }
    if (last && part.unit < last.unit) found[found.length - 1] += part.seconds;
    else found.push(part.seconds);
    for (let each = place; each < place + part.length; each += 1) sentence[each].role = "duration";
    last = part;
    place += part.length;
  }
  return found.filter((seconds) => seconds > 0 && seconds <= LONGEST).map(Math.round);
}
