// The words of each language that the bot knows by itself.

import { readFileSync } from "node:fs";

import { LANGUAGES } from "../say/say.mjs";

const read = (language) => JSON.parse(readFileSync(new URL(`./${language}.json`, import.meta.url), "utf-8"));

function ready(found) {
  const sets = ["every", "more", "less", "most", "least", "yes", "no", "list", "timer"];
  const inverse = (groups) => new Map(Object.entries(groups).flatMap(([name, words]) => words.map((word) => [word, name])));
  return {
    ...found,
    ...Object.fromEntries(sets.map((name) => [name, new Set(found[name])])),
    numbers: new Map(Object.entries(found.numbers)),
    colors: new Map(Object.entries(found.colors)),
    fan: new Map(Object.entries(found.fan)),
    units: inverse(found.units),
    kinds: inverse(found.kinds),
    noise: new Set([...found.small, ...found.verbs, ...found.joins]),
  };
}

/** The words by language. */
export const WORDS = Object.fromEntries(LANGUAGES.map((language) => [language, ready(read(language))]));
