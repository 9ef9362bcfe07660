// What the bot says, in the speaker's language.

import { readFileSync } from "node:fs";

export const LANGUAGES = ["de", "en", "es", "fr", "nl"];

const read = (language) => JSON.parse(readFileSync(new URL(`./${language}.json`, import.meta.url), "utf-8"));
/** The phrases by language and key. */
export const PHRASES = Object.fromEntries(LANGUAGES.map((language) => [language, read(language)]));

/** A phrase with its `{placeholders}` filled in; a phrase that does not exist is a mistake of ours, and throws. */
export function say(language, key, values = {}) {
  const phrase = PHRASES[language][key];
  if (phrase === undefined) throw new Error(`no phrase ${key} in ${language}`);
  return phrase.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** What an intent means, in words; undefined for one that this bot does not know. */
export function meaning(language, intent) {
  return /^Hass/.test(intent) && Object.hasOwn(PHRASES[language], intent) ? PHRASES[language][intent] : undefined;
}

/** Seconds as `1:05` or `2:00:00`. */
export function clock(seconds) {
  const left = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60].map((part) => String(part).padStart(2, "0"));
  return h === "00" ? `${Number(m)}:${s}` : `${Number(h)}:${m}:${s}`;
}
