// Numbers and lengths of time, in digits and in words.

import { tokens } from "./tokens.mjs";

const SECONDS = { hour: 3600, minute: 60, second: 1 };
/** Longer than a week is no kitchen timer. */
export const LONGEST = 7 * 24 * 3600;

const phrase = (sentence, place, text) => {
  const words = tokens(text).map((each) => each.word);
  return words.every((word, index) => sentence[place + index]?.word === word) ? words.length : 0;
};

function digits(word) {
  const [above, below] = word.split("/");
  return below === undefined ? Number(word.replace(",", ".")) : Number(above) / Number(below);
}

/** What comes on top of a number at a place, "and a half" or "and 3/4": `{value, length}`, of length 0 for nothing. */
function fractionAt(sentence, place, words) {
  const half = words.halfMore.map((text) => phrase(sentence, place, text)).find(Boolean);
  if (half) return { value: 0.5, length: half };
  const joined = words.joins.includes(sentence[place]?.word) ? 1 : 0;
  const word = sentence[place + joined]?.word ?? "";
  return /^\d+\/\d+$/.test(word) ? { value: digits(word), length: joined + 1 } : { value: 0, length: 0 };
}

/** The number at a place: `{value, length}`, or undefined. */
export function numberAt(sentence, place, words) {
  const { word } = sentence[place];
  for (const [text, value] of Object.entries(words.halves)) {
    const length = phrase(sentence, place, text);
    if (length) return { value, length, half: true };
  }
  if (/^\d/.test(word)) return { value: digits(word), length: 1 };
  return words.numbers.has(word) ? { value: words.numbers.get(word), length: 1 } : undefined;
}

/** One number with its unit at a place: `{seconds, unit, length}`, or undefined. */
function partAt(sentence, place, words) {
  const number = numberAt(sentence, place, words);
  if (!number) return undefined;
  const before = fractionAt(sentence, place + number.length, words);
  const at = place + number.length + before.length;
  const unit = SECONDS[words.units.get(sentence[at]?.word)];
  if (!unit) return undefined;
  const after = fractionAt(sentence, at + 1, words);
  const value = number.value + before.value + after.value;
  return { seconds: value * unit, unit, length: at + 1 + after.length - place };
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
