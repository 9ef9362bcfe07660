// What the bot can guess by itself while the service is away: a few words for each language, and nothing that opens.

import { fold } from "./hear/tokens.mjs";

const WORDS = {
  de: {
    on: /\b(an|ein|einschalten|anmachen)\b/,
    off: /\b(aus|ausschalten|ausmachen)\b/,
    stop: /\b(brich|abbrechen|losch\w*|stopp\w*|beende\w*)\b/,
    time: /\b(wie spat|wie viel uhr|uhrzeit)\b/,
    date: /\b(welche[rsn]? (tag|datum)|datum)\b/,
    never: /\b(vergiss es|doch nicht)\b/,
    left: /\bwie lang/,
    add: /\b(setz\w*|pack\w*|schreib\w*|fug\w*|nimm)\b/,
  },
  en: {
    on: /\bon\b/,
    off: /\boff\b/,
    stop: /\b(cancel|stop|delete)\b/,
    time: /\b(what time|the time|current time)\b/,
    date: /\b(the date|todays? date|what day)\b/,
    never: /\bnever ?mind\b/,
    left: /\b(how long|how much time|left)\b/,
    add: /\b(add|put)\b/,
  },
  es: {
    on: /\b(enciende|encender|prende)\b/,
    off: /\b(apaga|apagar)\b/,
    stop: /\b(cancela|cancelar|borra)\b/,
    time: /\bque hora\b/,
    date: /\b(que dia|fecha)\b/,
    never: /\b(olvidalo|dejalo|da igual)\b/,
    left: /\bcuanto\b/,
    add: /\b(anade|agrega|pon|apunta)\b/,
  },
  fr: {
    on: /\ballum\w*\b/,
    off: /\b(etein\w*)\b/,
    stop: /\b(annul\w*|arret\w*)\b/,
    time: /\bquelle heure\b/,
    date: /\b(la date|quel jour)\b/,
    never: /\b(laisse tomber|oublie)\b/,
    left: /\bcombien\b/,
    add: /\b(ajout\w*|mets)\b/,
  },
  nl: {
    on: /\baan\b/,
    off: /\buit\b/,
    stop: /\b(annuleer|stop|verwijder)\b/,
    time: /\bhoe laat\b/,
    date: /\b(welke dag|datum)\b/,
    never: /\blaat maar\b/,
    left: /\bhoe lang\b/,
    add: /\b(zet|voeg)\b/,
  },
};

/** An intent that a few words give away, or undefined: better nothing than something that is not meant. */
export function guess(utterance, heard) {
  const text = fold(utterance);
  const { on, off, stop, time, date, never, left, add } = WORDS[heard.language];
  const timer = heard.sentence.some((each) => heard.words.timer.has(each.word));
  const lights = heard.things.length ? heard.things.every((each) => each.kind === "light") : heard.kind === "light";
  if (never.test(text)) return "HassNevermind";
  if (timer && stop.test(text)) return "HassCancelTimer";
  if (timer && left.test(text)) return "HassTimerStatus";
  if (timer && heard.durations.length === 1 && !heard.more && !heard.less) return "HassStartTimer";
  if (lights && on.test(text) !== off.test(text)) return on.test(text) ? "HassTurnOn" : "HassTurnOff";
  if (heard.lists.includes("shopping") && add.test(text)) return "HassShoppingListAddItem";
  if (!timer && time.test(text)) return "HassGetCurrentTime";
  return !timer && date.test(text) ? "HassGetCurrentDate" : undefined;
}
