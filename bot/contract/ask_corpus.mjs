// Ask a service every question of corpus.json, several times and several at once, and check each answer.
//
//   node bot/contract/ask_corpus.mjs URL [ROUNDS]
//
// Prints one JSON object, `{asked, wrong: [{name, expected, status, why}]}`; exit code 1 where an answer is wrong.

import { readFileSync } from "node:fs";
import http from "node:http";

import { intentAnswer } from "../ask/answer.mjs";

const CORPUS = JSON.parse(readFileSync(new URL("./corpus.json", import.meta.url), "utf-8"));
const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });

/** The bytes of a question: `bytes` in hexadecimal, or `body` behind a text that is repeated. */
export function bytes({ body, bytes: hex, repeat }) {
  if (hex !== undefined) return Buffer.from(hex, "hex");
  return Buffer.from((repeat ? repeat[0].repeat(repeat[1]) : "") + (body ?? ""), "utf-8");
}

function ask(url, question) {
  return new Promise((resolve, reject) => {
    const sent = bytes(question);
    const headers = { "content-length": sent.length, ...(question.type && { "content-type": question.type }) };
    // The path as it is written: an URL would resolve `..`.
    const { path, method } = question;
    const options = { host: url.hostname, port: url.port, path, method, headers, agent, timeout: 20_000 };
    const request = http.request(options, async (response) => {
      let text = "";
      response.setEncoding("utf-8");
      for await (const part of response) text += part;
      resolve({ status: response.statusCode, text, type: response.headers["content-type"] });
    });
    request.on("timeout", () => request.destroy(new Error("no answer in 20 s")));
    request.on("error", reject);
    request.end(sent);
  });
}

/** What is wrong with an answer; undefined where nothing is. */
function fault(question, { status, text, type }) {
  if (status !== question.status) return `status ${status}`;
  if (type !== "application/json") return `type ${type}`;
  const value = JSON.parse(text);
  if (status !== 200) return typeof value.code === "string" && typeof value.message === "string" ? undefined : "no code or message";
  const signed = (each) => ({ ...each, version: value.version, digest: value.digest });
  const answers = question.path.endsWith("/batch") ? value.answers.map(signed) : [value];
  answers.forEach(intentAnswer);
  return answers.length ? undefined : "no answers";
}

async function checked(url, question) {
  try {
    const got = await ask(url, question);
    const why = fault(question, got);
    return why && { name: question.name, expected: question.status, status: got.status, why };
  } catch (error) {
    return { name: question.name, expected: question.status, why: error.message };
  }
}

const [url, rounds] = [new URL(process.argv[2]), Number(process.argv[3] ?? 1)];
const wrong = [];
let asked = 0;
for (let round = 0; round < rounds; round += 1) {
  for (let place = 0; place < CORPUS.length; place += 16) {
    const few = CORPUS.slice(place, place + 16);
    wrong.push(...(await Promise.all(few.map((each) => checked(url, each)))).filter(Boolean));
    asked += few.length;
  }
}
process.stdout.write(`${JSON.stringify({ asked, wrong })}\n`);
process.exitCode = wrong.length ? 1 : 0;
