// What the bot makes of a service that is slow, cut, busy, broken, huge or hostile.

import assert from "node:assert/strict";
import { test } from "node:test";

import { intentAnswer, versionAnswer } from "../ask/answer.mjs";
import { Breaker, pause, retryAfter } from "../ask/patience.mjs";
import { address, Service } from "../ask/service.mjs";
import { cut, dripping, endless, GOOD, json, silent, standIn } from "./stand_in.mjs";

const QUESTION = { utterance: "Licht an", language: "de", area: "kitchen" };

/** A service whose waits are noted and not waited for. */
function asking(url, more = {}) {
  const waits = [];
  const service = new Service(url, { timeout: 300, random: () => 0.5, wait: async (ms) => waits.push(ms), ...more });
  return { service, waits };
}

test("a good answer is taken at once, and unknown fields are left out", async () => {
  const { url, asked } = await standIn(json({ ...GOOD, since: "later", __proto__: { intent: "x" } }));
  const { service, waits } = asking(url);
  assert.deepEqual(await service.intent(QUESTION), { answer: GOOD, asked: 0 });
  assert.deepEqual(asked, [{ path: "/v1/intent", method: "POST", type: "application/json", body: QUESTION }]);
  assert.deepEqual(waits, []);
});

for (const [name, trouble] of Object.entries({ silent, dripping, cut, 500: json({}, 500), 503: json({}, 503), 429: json({}, 429) })) {
  test(`${name} once: the bot asks again and gets its answer`, async () => {
    const { url, asked } = await standIn(trouble, json(GOOD));
    const { service, waits } = asking(url);
    assert.deepEqual((await service.intent(QUESTION)).answer, GOOD);
    assert.equal(asked.length, 2);
    assert.equal(waits.length, 1);
  });

  test(`${name} for good: three tries, then the service counts as away`, async () => {
    const { url, asked } = await standIn(trouble);
    const { service, waits } = asking(url);
    assert.match((await service.intent(QUESTION)).away, /\w/);
    assert.equal(asked.length, 3);
    assert.deepEqual(waits, [100, 200]);
  });
}

test("nobody listens: three tries, then away", async () => {
  const { url, stop } = await standIn(silent);
  stop();
  const { service, waits } = asking(url);
  assert.deepEqual(await service.intent(QUESTION), { away: "nobody listens there", kind: "away" });
  assert.equal(waits.length, 2);
});

test("an answer without end is cut off, and is not asked for again", async () => {
  const { url, asked } = await standIn(endless);
  const { service } = asking(url, { timeout: 5000 });
  assert.match((await service.intent(QUESTION)).away, /larger than 65536 bytes/);
  assert.equal(asked.length, 1);
});

const BROKEN = {
  "no JSON": "<html>",
  "JSON that breaks off": '{"intent": "HassTurnOn"',
  "a list": [GOOD],
  null: "null",
  "no intent": { ...GOOD, intent: undefined },
  "an intent with an escape sequence": { ...GOOD, intent: "Hass\u001b[2J" },
  "an intent that is a list": { ...GOOD, intent: ["HassTurnOn"] },
  "a score that is a text": { ...GOOD, score: "0.9" },
  "a score of more than 1": { ...GOOD, score: 1.01 },
  "a score that is no number": JSON.stringify(GOOD).replace("0.97", "1e999"),
  "a version of a thousand characters": { ...GOOD, version: "v".repeat(1000) },
  "a digest with a line break": { ...GOOD, digest: `${"a".repeat(64)}\n` },
  "fields on the prototype only": '{"__proto__": {"intent": "HassTurnOn", "score": 1, "version": "v1", "digest": "00000000"}}',
  "very deep nesting": "[".repeat(30_000),
};
for (const [name, body] of Object.entries(BROKEN)) {
  test(`${name}: the answer breaks the contract, and is not believed`, async () => {
    const { url, asked } = await standIn(json(body));
    const found = await asking(url).service.intent(QUESTION);
    assert.match(found.away, /its answer (?:is no JSON|breaks the contract)/);
    assert.equal(asked.length, 1);
  });
}

test("a service that changes to another protocol, which nobody asked for, has not answered", async () => {
  const { url } = await standIn((request) => {
    request.socket.end("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
  });
  const found = await new Service(url, { tries: 2, wait: async () => {} }).intent(QUESTION);
  assert.deepEqual([found.away, found.kind], ["the connection broke off", "cut"]);
});

test("HTML with status 200 and a redirect are no answers", async () => {
  const html = await standIn((request, response) => response.end("<html>"));
  assert.match((await asking(html.url).service.intent(QUESTION)).away, /no JSON/);
  const redirect = await standIn(json(GOOD, 302, { location: "http://127.0.0.1:9/" }));
  assert.match((await asking(redirect.url).service.intent(QUESTION)).away, /302/);
  assert.equal(redirect.asked.length, 1);
});

for (const status of [400, 404, 413, 422]) {
  test(`${status} is about the question: it is not asked again, and the service is not away`, async () => {
    const { url, asked } = await standIn(json({ detail: "no" }, status));
    const { service } = asking(url, { breaker: new Breaker({ after: 1 }) });
    for (let each = 0; each < 3; each += 1) assert.equal((await service.intent(QUESTION)).refused, status);
    assert.equal(asked.length, 3);
  });
}

test("Retry-After is honoured where there is time for it", async () => {
  const { url } = await standIn(json({}, 503, { "retry-after": "2" }), json(GOOD));
  const { service, waits } = asking(url);
  assert.deepEqual((await service.intent(QUESTION)).answer, GOOD);
  assert.deepEqual(waits, [2000]);
});

test("where Retry-After asks for more than the bot's patience, it gives up at once and leaves the service alone so long", async () => {
  const { url, asked } = await standIn(json({}, 503, { "retry-after": "30" }), json(GOOD));
  let now = 1_000_000;
  const { service, waits } = asking(url, { now: () => now });
  assert.match((await service.intent(QUESTION)).away, /503/);
  assert.match((await service.intent(QUESTION)).away, /left alone/);
  assert.deepEqual([asked.length, waits.length], [1, 0]);
  now += 30_000;
  assert.deepEqual((await service.intent(QUESTION)).answer, GOOD);
});

test("after five failures in a row nobody is asked for ten seconds, then one question tries", async () => {
  const { url, asked } = await standIn(...Array(6).fill(json("no")), json(GOOD));
  let now = 0;
  const { service } = asking(url, { now: () => now });
  for (let each = 0; each < 8; each += 1) await service.intent(QUESTION);
  assert.equal(asked.length, 5);
  now += 10_000;
  const both = await Promise.all([service.intent(QUESTION), service.intent(QUESTION)]);
  assert.equal(both.filter((each) => /left alone/.test(each.away)).length, 1);
  assert.equal(asked.length, 6);
  now += 19_999;
  assert.match((await service.intent(QUESTION)).away, /left alone/);
  now += 1;
  assert.deepEqual((await service.intent(QUESTION)).answer, GOOD);
  assert.deepEqual((await service.intent(QUESTION)).answer, GOOD);
});

test("Retry-After: seconds, a date, nonsense, the past, and too much", () => {
  const now = Date.parse("2026-11-22T12:00:00Z");
  assert.equal(retryAfter("3", now), 3000);
  assert.equal(retryAfter("Sun, 22 Nov 2026 12:00:05 GMT", now), 5000);
  assert.equal(retryAfter("Sun, 22 Nov 2026 11:00:00 GMT", now), 0);
  for (const nonsense of [undefined, "", "soon", "-5", "NaN", ["1"]]) assert.equal(retryAfter(nonsense, now), 0);
  for (const much of ["999999999", "9".repeat(30)]) assert.equal(retryAfter(much, now), 3_600_000);
});

test("the pause doubles up to a second and is spread over its whole length", () => {
  assert.deepEqual([1, 2, 3, 4, 50].map((attempt) => pause(attempt, () => 1)), [200, 400, 800, 1000, 1000]);
  assert.equal(pause(3, () => 0), 0);
});

test("an address has to be one of HTTP, without a password", () => {
  assert.equal(address("http://localhost:8000").href, "http://localhost:8000/");
  assert.equal(address("https://example.org/models//").href, "https://example.org/models/");
  for (const wrong of ["", "localhost:8000", "file:///etc/passwd", "http://user:word@localhost/"]) {
    assert.throws(() => address(wrong), /no address/);
  }
});

test("the answers are checked by name", () => {
  assert.deepEqual(intentAnswer({ ...GOOD, more: 1 }), GOOD);
  const version = { version: "v1.2.0", digest: GOOD.digest };
  assert.deepEqual(versionAnswer({ intent: { ...version, commit: "abc", since: "…" }, loan: {} }), version);
  assert.throws(() => versionAnswer({ intent: null }), /intent is no object/);
});
