// Text of others, made safe for a terminal: no control or direction characters, no lone surrogates, and bounded.

const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]+/gu;

/** At most `most` characters of `text`: what a terminal could obey or hide behind becomes one space. */
export function plain(text, most = 200) {
  const start = String(text).slice(0, most * 4);
  const shown = [...start.toWellFormed().replace(UNSEEN, " ").replace(/ {2,}/g, " ").trim()];
  return shown.length > most ? shown.slice(0, most - 1).join("") + "…" : shown.join("");
}
