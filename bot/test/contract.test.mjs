// The bot against the schema that the service publishes: what it sends fits, and what it may get is understood.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { intentAnswer, versionAnswer } from "../ask/answer.mjs";
import { Service } from "../ask/service.mjs";
import { Dialogue, LONGEST } from "../dialogue.mjs";
import { open } from "../home/home.mjs";
import { LANGUAGES } from "../say/say.mjs";
import { fits } from "./schema.mjs";
import { GOOD, json, standIn } from "./stand_in.mjs";

const CONTRACT = JSON.parse(readFileSync(new URL("../contract/openapi.json", import.meta.url), "utf-8"));
const CORPUS = JSON.parse(readFileSync(new URL("../contract/corpus.json", import.meta.url), "utf-8"));
const { IntentAsked, IntentAnswer } = CONTRACT.components.schemas;
const VERSION = CONTRACT.paths["/version"].get.responses[200].content["application/json"].schema;

const accepted = (check, value) => {
  try {
    return Boolean(check(value));
  } catch {
    return false;
  }
};

test("the bot asks where the schema says, in each language, and what it sends fits", async () => {
  const { url, asked } = await standIn(json(GOOD));
  for (const language of LANGUAGES) {
    const bot = new Dialogue({ service: new Service(url), home: open(), language });
    for (const line of ["Licht", "x", "é".repeat(LONGEST), "🏠 \u001b[2J \ud800", "front door", "/version"]) await bot.reply(line);
  }
  for (const { path, method, type, body } of asked) {
    assert.ok(CONTRACT.paths[path][method.toLowerCase()], `${method} ${path}`);
    if (method === "POST") assert.ok(type === "application/json" && fits(body, IntentAsked), JSON.stringify(body));
  }
  assert.equal(asked.filter((each) => each.method === "POST").length, LANGUAGES.length * 5);
});

test("the bot's limits are the service's: languages and length", () => {
  assert.deepEqual(IntentAsked.properties.language.enum, LANGUAGES);
  assert.equal(IntentAsked.properties.utterance.maxLength, LONGEST);
  for (const room of Object.keys(open().rooms)) assert.match(room, new RegExp(IntentAsked.properties.area.pattern, "u"));
});

test("every answer that fits the schema is understood, for names of intents and versions as they are given", () => {
  const digest = "a".repeat(64);
  for (const score of [0, 0.5, 1]) {
    for (const intent of ["HassTurnOn", "HassIntent7"]) {
      for (const version of ["v1.2.0", "v10.0.0-rc.1", "unreleased"]) {
        const answer = { intent, score, version, digest };
        assert.ok(fits(answer, IntentAnswer) && accepted(intentAnswer, answer));
      }
    }
  }
});

test("an answer that the bot takes has every field that the schema wants, in its kind", () => {
  for (const name of IntentAnswer.required) {
    for (const wrong of [undefined, null, [], {}, true, "", -1, 2, "\u001b"]) {
      const answer = { ...GOOD, [name]: wrong };
      if (wrong === undefined) delete answer[name];
      assert.equal(accepted(intentAnswer, answer), false, `${name}: ${JSON.stringify(wrong)}`);
    }
  }
});

test("the version is read as the schema has it, before and after a model is served", () => {
  const none = { version: null, digest: null, commit: null, since: null, stage: null, released: false, golden: 0, refused: null };
  const served = { ...none, version: "v1.0.0", digest: "b".repeat(64), commit: "c".repeat(40), since: "2026-11-22T12:00:00Z", stage: "prod", released: true, golden: 9 };
  for (const intent of [none, served]) {
    const answer = { intent, loan: none, api: CONTRACT.info.version };
    assert.ok(fits(answer, VERSION));
    assert.deepEqual(versionAnswer(answer), { version: intent.version, digest: intent.digest });
  }
});

test("each answer of the corpus is one that the schema announces, where it has the path", () => {
  for (const { name, path, method, status } of CORPUS) {
    const operation = CONTRACT.paths[path]?.[method.toLowerCase()];
    assert.equal(operation !== undefined, ![404, 405].includes(status), name);
    if (operation) assert.ok(operation.responses[status], `${name}: ${status}`);
  }
});

test("a question of the corpus fits the schema exactly where it is to be answered", () => {
  const single = CORPUS.filter((each) => each.path === "/v1/intent" && each.body && !each.repeat && [200, 422].includes(each.status));
  assert.ok(single.length > 30);
  const parsed = (body) => {
    try {
      return JSON.parse(body);
    } catch {
      return undefined;
    }
  };
  const stricter = new Set(["a lone surrogate", "the same field twice"]);  // what JSON.parse lets pass, and the service does not
  for (const { name, body, status } of single) {
    if (!stricter.has(name)) assert.equal(fits(parsed(body), IntentAsked), status === 200, name);
  }
});
