// What the bot does and says, in five languages, with a service that answers what the test says.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { ACTIONS } from "../act/act.mjs";
import { Dialogue, LONGEST } from "../dialogue.mjs";
import { hear } from "../hear/hear.mjs";
import { fold } from "../hear/tokens.mjs";
import { HomeError, open, save } from "../home/home.mjs";
import { plain } from "../plain.mjs";
import { LANGUAGES, PHRASES } from "../say/say.mjs";

const NOON = Date.parse("2026-11-22T12:00:00Z");

/** A dialogue whose service answers with `intent` and `score`, or with `found`. `asked` are the questions it got. */
function speaking(language, intent, { score = 0.99, found, home = open() } = {}) {
  const asked = [];
  const answer = (name) => ({ answer: { intent: name, score, version: "v1.2.0", digest: "0".repeat(64) } });
  const clock = { now: NOON };
  const service = {
    intent: async (question) => (asked.push(question), found ?? answer(dialogue.intent)),
    version: async () => found ?? { answer: { version: "v1.2.0", digest: "0123456789abcdef" } },
  };
  const dialogue = new Dialogue({ service, home, language, zone: "UTC", now: () => clock.now });
  return Object.assign(dialogue, { intent, asked, clock, thing: (id) => home.things.find((each) => each.id === id).state });
}

const SAID = [
  ["de", "HassTurnOn", "mach das Küchenlicht an", "Licht (Küche): an"],
  ["de", "HassTurnOn", "schließ bitte die Haustür ab", "Haustür: abgeschlossen"],
  ["en", "HassTurnOff", "turn off all the lights in the kitchen", "light (kitchen): off"],
  ["fr", "HassTurnOff", "ferme le volet gauche", "volet gauche : fermé"],
  ["nl", "HassTurnOn", "doe het licht in de woonkamer aan", "licht (woonkamer), leeslamp, staande lamp: aan"],
  ["en", "HassTurnOn", "turn on movie night", "movie night: started"],
  ["en", "HassTurnOff", "turn off movie night", "movie night: cannot be turned off"],
  ["en", "HassTurnOn", "turn on the lights upstairs", "light (bedroom), light (bathroom), light (office), light (nursery), light (guest room), desk lamp, bedside lamp: on"],
  ["en", "HassTurnOn", "turn on the lights in the attic", "Which device? I did not find it."],
  ["en", "HassSetPosition", "open the garage door to 50%", "garage door: 50 % open"],
  ["es", "HassLightSet", "pon la luz del despacho en azul", "luz (oficina), flexo: azul"],
  ["en", "HassLightSet", "set the desk lamp to 40% brightness", "desk lamp: 40 % bright"],
  ["en", "HassLightSet", "set the desk lamp to 3000 kelvin", "desk lamp: 3000 kelvin"],
  ["en", "HassLightSet", "set the desk lamp to 400 percent", "400: that is not possible here (0 to 100)."],
  ["en", "HassFanSetSpeed", "ceiling fan 9 percent", "ceiling fan: speed 9 %"],
  ["nl", "HassClimateSetTemperature", "zet de thermostaat in de badkamer op 21 graden", "verwarming (badkamer): ingesteld op 21 °C"],
  ["de", "HassClimateSetTemperature", "stell die Temperatur im Bad ein", "Wie viel? Bitte eine Zahl."],
  ["de", "HassClimateGetTemperature", "wie warm ist es im Schlafzimmer", "Klimaanlage: 20.5 °C"],
  ["en", "HassClimateSetFanMode", "put the air conditioner fan mode on low", "air conditioner: fan low"],
  ["es", "HassGetState", "¿está cerrada con llave la puerta trasera?", "puerta trasera: con llave"],
  ["en", "HassGetState", "where is Anna", "Anna: at home"],
  ["en", "HassGetState", "are any windows open upstairs", "window by the sofa: closed"],
  ["de", "HassStartTimer", "stell einen Timer auf zehn Minuten", "Timer 10:00: noch 10:00"],
  ["en", "HassStartTimer", "start a 3 minute tea timer", "Timer tea: 3:00 left"],
  ["en", "HassStartTimer", "timer for 1 hour and 5 minutes", "Timer 1:05:00: 1:05:00 left"],
  ["en", "HassStartTimer", "set a timer for half an hour", "Timer 30:00: 30:00 left"],
  ["es", "HassStartTimer", "pon un temporizador de una hora y media", "Temporizador 1:30:00: quedan 1:30:00"],
  ["nl", "HassStartTimer", "zet een timer van anderhalf uur", "Timer 1:30:00: nog 1:30:00"],
  ["fr", "HassStartTimer", "mets un minuteur", "Combien de temps ? Par exemple : dix minutes."],
  ["en", "HassStartTimer", "in 5 minutes turn off the radio by the door", "Timer door: 5:00 left / I will remind you then. I do not carry out commands for later by myself yet."],
  ["en", "HassCancelTimer", "cancel the timer", "There is no such timer."],
  ["en", "HassListAddItem", "add renew my passport to the weekend list", "“renew my passport” is on: weekend"],
  ["en", "HassListAddItem", "add renew my passport to the packing list", "Which list? shopping list, chores, weekend, hardware store"],
  ["nl", "HassShoppingListAddItem", "zet kaas op het boodschappenlijstje", "“kaas” staat op: boodschappenlijst"],
  ["fr", "HassShoppingListAddItem", "ajoute à ma liste de pain", "« pain » est sur : liste de courses"],
  ["en", "HassShoppingListCompleteItem", "tick eggs off the shopping list", "“eggs” is not on: shopping list"],
  ["en", "HassMediaSearchAndPlay", "play some Nina Simone in the kitchen", "kitchen radio: plays “Nina Simone”"],
  ["fr", "HassSetVolumeRelative", "baisse le volume", "télé : volume 20 %"],
  ["en", "HassSetVolume", "set the soundbar volume to 25 percent", "soundbar: volume 25 %"],
  ["en", "HassMediaPlayerMute", "mute the tv", "TV: muted"],
  ["fr", "HassVacuumCleanArea", "passe l'aspirateur dans le couloir", "robot aspirateur : nettoie (couloir)"],
  ["de", "HassLawnMowerStartMowing", "fang an den Rasen zu mähen", "Mähroboter: mäht"],
  ["en", "HassBroadcast", "announce that lunch is on the table", "Said in all rooms: “lunch is on the table”"],
  ["de", "HassGetCurrentTime", "wie spät ist es", "Es ist 12:00."],
  ["nl", "HassGetCurrentDate", "welke dag is het vandaag", "Vandaag is het zondag 22 november 2026."],
  ["es", "HassGetWeather", "qué tiempo hace", "He entendido: decir el tiempo que hace. Eso todavía no sé hacerlo."],
  ["fr", "HassNevermind", "laisse tomber", "D'accord, je laisse."],
  ["en", "HassMakeCoffee", "make me a coffee", "I understood “HassMakeCoffee”, which I do not know: the model is newer than I am."],
];
for (const [language, intent, utterance, expected] of SAID) {
  test(`${language}: ${utterance}`, async () => {
    assert.equal((await speaking(language, intent).reply(utterance)).said.join(" / "), expected);
  });
}

test("there is an action and a meaning in each language for each intent of the model, and for no other", () => {
  const known = JSON.parse(readFileSync(new URL("./intents.json", import.meta.url), "utf-8"));
  assert.deepEqual([...ACTIONS.keys()].sort(), known);
  for (const language of LANGUAGES) assert.deepEqual(Object.keys(PHRASES[language]).filter((key) => key.startsWith("Hass")), known);
});

test("every language has every phrase, with the same places to fill in", () => {
  const holes = (phrases) => Object.fromEntries(Object.entries(phrases).map(([key, text]) => [key, (text.match(/\{\w+\}/g) ?? []).sort()]));
  for (const language of LANGUAGES) assert.deepEqual(holes(PHRASES[language]), holes(PHRASES.en), language);
});

test("whatever the sentence, every action of every language answers something and throws nothing", async () => {
  const odd = ["x", "5", "%", "'", "l'", "½", "-1", "1e9 hours", "999999 minutes timer", "the", "🙂", "a".repeat(LONGEST), "toutes les d' l'", "half", "null __proto__ constructor"];
  for (const language of LANGUAGES) {
    const bot = speaking(language);
    for (bot.intent of ACTIONS.keys()) {
      for (const utterance of odd) assert.ok((await bot.reply(utterance)).said.join(""), `${language} ${bot.intent} ${utterance}`);
    }
  }
});

test("timers run, pause, grow, are named by name or length, ring, and are gone", async () => {
  const bot = speaking("en", "HassStartTimer");
  await bot.reply("set a pizza timer for ten minutes");
  await bot.reply("set a timer for 20 minutes");
  bot.clock.now += 60_000;
  const next = async (intent, utterance) => (await Object.assign(bot, { intent }).reply(utterance)).said.join(" / ");
  assert.equal(await next("HassTimerStatus", "how long is left"), "Timer pizza: 9:00 left / Timer 20:00: 19:00 left");
  assert.equal(await next("HassPauseTimer", "pause the timer"), "Which timer? Timer pizza, Timer 20:00");
  assert.equal(await next("HassPauseTimer", "pause the pizza timer"), "Timer pizza: paused, 9:00 left");
  bot.clock.now += 60_000;
  assert.equal(await next("HassUnpauseTimer", "resume the pizza timer"), "Timer pizza: 9:00 left");
  assert.equal(await next("HassIncreaseTimer", "add 5 minutes to the 20 minute timer"), "Timer 20:00: 23:00 left");
  assert.equal(await next("HassDecreaseTimer", "take two minutes off the pizza timer"), "Timer pizza: 7:00 left");
  bot.clock.now += 7 * 60_000;
  assert.deepEqual(bot.rung(), ["Timer pizza: time is up!"]);
  assert.deepEqual(bot.rung(), []);
  assert.equal(await next("HassCancelTimer", "cancel the 20 minute timer"), "Timer 20:00: cancelled");
  assert.equal(await next("HassCancelAllTimers", "cancel all timers"), "Timers cancelled: 0");
});

test("a timer with another name is not cancelled by mistake", async () => {
  const bot = speaking("en", "HassStartTimer");
  await bot.reply("set a tea timer for ten minutes");
  bot.intent = "HassCancelTimer";
  assert.deepEqual((await bot.reply("cancel the pizza timer")).said, ["There is no such timer."]);
  assert.equal(bot.home.timers.length, 1);
});

test("a list takes an item once, and gives it back", async () => {
  const bot = speaking("de", "HassShoppingListAddItem");
  await bot.reply("setz Äpfel auf die Einkaufsliste");
  await bot.reply("setz äpfel auf die Liste");
  assert.deepEqual(bot.home.lists.shopping.items, ["Äpfel"]);
  bot.intent = "HassShoppingListCompleteItem";
  assert.deepEqual((await bot.reply("streich Äpfel von der Liste")).said, ["„Äpfel“ abgehakt auf: Einkaufsliste"]);
  assert.deepEqual(bot.home.lists.shopping.items, []);
});

test("the room is sent where the sentence needs it, and the kind of a device that it names", async () => {
  const bot = speaking("de", "HassTurnOn");
  await bot.reply("/area Küche");
  for (const utterance of ["Licht an", "Licht im Flur an", "Haustür abschließen", "wie spät ist es", "ist das Fenster am Sofa offen"]) await bot.reply(utterance);
  assert.deepEqual(bot.asked, [
    { utterance: "Licht an", language: "de", area: "kitchen", domain: "any" },
    { utterance: "Licht im Flur an", language: "de", area: "any", domain: "any" },
    { utterance: "Haustür abschließen", language: "de", area: "any", domain: "lock" },
    { utterance: "wie spät ist es", language: "de", area: "any", domain: "any" },
    { utterance: "ist das Fenster am Sofa offen", language: "de", area: "any", domain: "binary_sensor" },
  ]);
});

test("on a low score the bot asks back, and acts after a yes", async () => {
  const bot = speaking("de", "HassTurnOn", { score: 0.49 });
  const asks = await bot.reply("Küchenlicht");
  assert.deepEqual(asks.said, ["Ich bin nicht sicher. Gemeint ist: etwas einschalten, öffnen oder abschließen? (ja/nein)"]);
  assert.equal(asks.asked, true);
  assert.equal(bot.thing("kitchen_light").on, false);
  assert.deepEqual((await bot.reply("ja bitte")).said, ["Licht (Küche): an"]);
  assert.equal(bot.thing("kitchen_light").on, true);
  assert.equal(bot.asked.length, 1);
});

test("after a no, or another sentence, nothing is done", async () => {
  const bot = speaking("en", "HassTurnOn", { score: 0.3 });
  await bot.reply("kitchen light");
  assert.deepEqual((await bot.reply("no thanks")).said, ["Then I do nothing."]);
  await bot.reply("kitchen light");
  await bot.reply("hall light");
  await bot.reply("no");
  assert.deepEqual((await bot.reply("yes")).said, ["I did not ask anything."]);
  assert.equal(bot.thing("kitchen_light").on, false);
});

test("a lock is opened without a question only when the model is quite sure", async () => {
  for (const [score, locked] of [[0.95, false], [0.7, true]]) {
    const bot = speaking("en", "HassTurnOff", { score });
    await bot.reply("unlock the front door");
    assert.equal(bot.thing("front_door").locked, locked);
  }
  const bot = speaking("en", "HassTurnOff", { score: 0.7 });
  assert.deepEqual((await bot.reply("unlock the front door")).said, ["Really open: front door? (yes/no)"]);
  assert.deepEqual((await bot.reply("yes")).said, ["front door: unlocked"]);
});

const AWAY = { found: { away: "nobody listens there", kind: "away" } };

test("without the service the bot guesses, says so, and acts", async () => {
  for (const [language, utterance, expected] of [
    ["de", "mach das Licht in der Küche an", "Licht (Küche): an"],
    ["en", "set a timer for 5 minutes", "Timer 5:00: 5:00 left"],
    ["es", "apaga las luces del salón", "luz (salón), lámpara de lectura, lámpara de pie: apagado"],
    ["fr", "quelle heure est-il", "Il est 12:00."],
    ["nl", "zet kaas op het boodschappenlijst", "“kaas” staat op: boodschappenlijst"],
  ]) {
    const reply = await speaking(language, "", AWAY).reply(utterance);
    assert.deepEqual(reply.said, [PHRASES[language].guessing, expected]);
    assert.equal(reply.source, "guess");
  }
});

test("without the service nothing is unlocked, and what cannot be guessed is not done", async () => {
  for (const utterance of ["unlock the front door", "turn off the front door light", "open the water main", "play some jazz", "turn it on"]) {
    const bot = speaking("en", "", AWAY);
    const before = JSON.stringify(bot.home);
    assert.deepEqual((await bot.reply(utterance)).said, [PHRASES.en.no_guess]);
    assert.equal(JSON.stringify(bot.home), before);
  }
});

test("a question that the service refuses is told with its status", async () => {
  const reply = await speaking("en", "", { found: { refused: 413 } }).reply("hello");
  assert.deepEqual(reply.said, ["The service does not take this sentence (413)."]);
});

test("/version says which version answers, and which answered last", async () => {
  const bot = speaking("en", "HassNevermind");
  await bot.reply("never mind");
  assert.deepEqual((await bot.reply("/version")).said, ["Version v1.2.0 answers, 0123456789ab.", "The last answer came from v1.2.0."]);
  assert.deepEqual((await speaking("en", "", AWAY).reply("/version")).said, ["The service does not say its version: nobody listens there."]);
  assert.deepEqual((await speaking("fr", "", AWAY).reply("/version")).said, ["Le service ne dit pas sa version : personne n'écoute à cette adresse."]);
});

test("the first lines say where the service is, or plainly that it is away, and what to do", async () => {
  assert.equal((await speaking("en", "").hello("http://x"))[1], "http://x · v1.2.0 · 0123456789ab");
  assert.equal((await speaking("de", "", AWAY).hello("http://x"))[1], "Der Dienst http://x ist nicht da: dort hört niemand zu. So startet er: make serve. Bis dahin rate ich.");
  const none = { found: { answer: { version: null, digest: null } } };
  assert.match((await speaking("en", "", none).hello("http://x"))[1], /it has no model yet/);
});

test("there are words for every way in which a service can fail", async () => {
  for (const kind of ["away", "slow", "cut", "huge", "busy", "broken", "resting"]) {
    for (const language of LANGUAGES) assert.match((await speaking(language, "", { found: { away: "x", kind } }).reply("/version")).said[0], /: \S.*\.$/);
  }
});

test("a yes that nobody asked for is no sentence for the service", async () => {
  const bot = speaking("fr", "HassTurnOn");
  assert.deepEqual((await bot.reply("oui")).said, ["Je n'ai rien demandé."]);
  assert.equal(bot.asked.length, 0);
});

test("commands: language, room, home, help, and those that there are not", async () => {
  const bot = speaking("en", "HassTurnOn");
  assert.ok((await bot.reply("/home")).said.includes("thermostat: 19.5 °C"));
  assert.deepEqual((await bot.reply("/language fr")).said, ["Désormais en français."]);
  assert.deepEqual((await bot.reply("/language xx")).said, ["de · en · es · fr · nl"]);
  assert.deepEqual((await bot.reply("/area séjour")).said, ["Vous êtes ici : salon."]);
  assert.match((await bot.reply("/area constructor")).said[0], /Cette pièce n'existe pas/);
  for (const none of ["/constructor", "/__proto__", "/rm -rf"]) assert.deepEqual((await bot.reply(none)).said, [PHRASES.fr.no_command]);
  assert.equal((await bot.reply("/quit")).quit, true);
  assert.equal(bot.asked.length, 0);
});

test("a sentence that is too long is not sent", async () => {
  const bot = speaking("en", "HassTurnOn");
  assert.deepEqual((await bot.reply("x".repeat(1_000_000))).said, [`That is too long: at most ${LONGEST} characters.`]);
  assert.equal(bot.asked.length, 0);
});

test("nothing that a terminal obeys gets through", () => {
  for (const hostile of ["\u001b[2J\u001b]0;title\u0007", "a\r\nb", "\u009b31m", "\u202egnp.exe", "\ud800", "\u2028", "\u0000"]) {
    assert.doesNotMatch(plain(`x${hostile}y`), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}]/u);
  }
  assert.equal(plain("é".repeat(1000), 10), `${"é".repeat(9)}…`);
  assert.equal(plain("Küche 🙂"), "Küche 🙂");
});

test("a sentence with escape sequences is cleaned before it is sent, stored and repeated", async () => {
  const bot = speaking("en", "HassShoppingListAddItem");
  const reply = await bot.reply("add \u001b[31mred\u001b[0m wine\u202e to the shopping list");
  for (const text of [bot.asked[0].utterance, reply.said[0], bot.home.lists.shopping.items[0]]) assert.doesNotMatch(text, /[\u001b\u202e]/);
});

test("the home is kept in a file, and comes back", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "bot-")), "home.json");
  const bot = speaking("en", "HassTurnOn", { home: open(file) });
  await bot.reply("turn on the kitchen light");
  save(bot.home, file);
  assert.equal(open(file).things.find((each) => each.id === "kitchen_light").state.on, true);
});

test("a file that is no home of ours is refused, with its name", () => {
  const file = join(mkdtempSync(join(tmpdir(), "bot-")), "home.json");
  const broken = ["", "null", "[]", "{}", JSON.stringify({ ...open(), here: "__proto__" }), JSON.stringify({ ...open(), timers: [{ name: 5 }] }), JSON.stringify({ ...open(), things: [] })];
  for (const text of broken) {
    writeFileSync(file, text);
    assert.throws(() => open(file), (error) => error instanceof HomeError && error.message.startsWith(file), text.slice(0, 40));
  }
  assert.throws(() => open(tmpdir()), HomeError);
  assert.throws(() => save(open(), "/nowhere/at/all.json"), HomeError);
});

test("two lengths of the same unit are two, and a smaller unit after a larger one is more of the same", () => {
  const lengths = (text) => hear(text, "en", open()).durations;
  assert.deepEqual(lengths("5 minutes and 10 minutes"), [300, 600]);
  assert.deepEqual(lengths("1 hour, 2 minutes and 3 seconds"), [3723]);
  for (const text of ["2 and a half minutes", "2 minutes and a half", "2 1/2 minutes", "two and 1/2 minutes"]) assert.deepEqual(lengths(text), [150]);
  assert.deepEqual(lengths("1/0 minutes"), []);
  assert.deepEqual(lengths("999 hours"), []);
});

test("names are compared without case and accents", () => {
  assert.equal(fold("KÜCHE Straße Œufs l’été"), "kuche strasse oeufs l'ete");
});
