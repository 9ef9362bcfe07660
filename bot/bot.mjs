#!/usr/bin/env node
// The bot in a terminal. Exit codes: 0 answered, 1 it asks back or refuses, 2 wrong use, 3 nobody knows (service away).

import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

import { Service } from "./ask/service.mjs";
import { Dialogue } from "./dialogue.mjs";
import { HomeError, open, save } from "./home/home.mjs";
import { plain } from "./plain.mjs";
import { LANGUAGES } from "./say/say.mjs";

const HELP = `A small bot that asks the intent service and acts on what it answers.

  node bot/bot.mjs                                        talk to it
  node bot/bot.mjs --say "turn on the kitchen light"      one sentence

  --say TEXT        one sentence or command (/version), then the end
  --json            with --say: the reply as JSON
  --service URL     where the service is; BOT_SERVICE, or http://127.0.0.1:8000
  --language CODE   ${LANGUAGES.join(", ")}; by the terminal's locale, or en
  --area ROOM       the room that you are in, as /area takes it
  --home FILE       keep the home in this JSON file; in memory without it
`;
const OPTIONS = {
  say: { type: "string" },
  json: { type: "boolean", default: false },
  service: { type: "string", default: process.env.BOT_SERVICE || "http://127.0.0.1:8000" },
  language: { type: "string" },
  area: { type: "string" },
  home: { type: "string" },
  help: { type: "boolean", default: false },
};

class UseError extends Error {}

const spoken = () => (process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || "").slice(0, 2);
const write = (line) => process.stdout.write(`${line}\n`);

function options() {
  try {
    const { values } = parseArgs({ options: OPTIONS });
    const language = values.language ?? (LANGUAGES.includes(spoken()) ? spoken() : "en");
    if (!LANGUAGES.includes(language)) throw new UseError(`--language is one of ${LANGUAGES.join(", ")}`);
    if (values.json && values.say === undefined) throw new UseError("--json goes with --say");
    return { ...values, language };
  } catch (error) {
    if (error instanceof UseError || error.code?.startsWith("ERR_PARSE_ARGS")) throw new UseError(error.message);
    throw error;
  }
}

function serviceAt(url) {
  try {
    return new Service(url);
  } catch (error) {
    throw new UseError(`${plain(url)}: ${error.message}`);
  }
}

/** One sentence: the reply, and the exit code. */
async function once(dialogue, given) {
  const reply = await dialogue.reply(given.say);
  save(dialogue.home, given.home);
  write(given.json ? JSON.stringify(reply) : reply.said.join("\n"));
  if (reply.source === "none") return 3;
  return reply.asked || !reply.said.length ? 1 : 0;
}

const dim = (text) => (process.stdout.isTTY && !process.env.NO_COLOR ? `\u001b[2m${text}\u001b[22m` : text);

function told(reply) {
  for (const line of reply.said) write(line);
  if (reply.source === "service" && reply.intent && process.stdout.isTTY) {
    write(dim(`${reply.intent} ${Math.round(reply.score * 100)} % · ${reply.version}`));
  }
}

/** A conversation until /quit or the end of the input. Lines are answered one after another. */
async function talk(dialogue, given) {
  for (const line of await dialogue.hello(given.service)) write(line);
  const terminal = createInterface({ input: process.stdin, output: process.stdout.isTTY ? process.stdout : undefined, prompt: "› " });
  const ticking = setInterval(() => {
    const rung = dialogue.rung();
    if (!rung.length) return;
    write(`\n${rung.join("\n")}`);
    terminal.prompt(true);
  }, 1000).unref();
  terminal.prompt();
  for await (const line of terminal) {
    const reply = await dialogue.reply(line);
    told(reply);
    save(dialogue.home, given.home);
    if (reply.quit) break;
    terminal.prompt();
  }
  clearInterval(ticking);
  terminal.close();
  return 0;
}

async function main() {
  if (parseInt(process.versions.node, 10) < 20) throw new UseError(`the bot needs Node.js 20 or newer; this is ${process.versions.node}`);
  const given = options();
  if (given.help) {
    write(HELP);
    return 0;
  }
  const dialogue = new Dialogue({ service: serviceAt(given.service), home: open(given.home), language: given.language });
  if (given.area !== undefined) {
    const moved = await dialogue.reply(`/area ${given.area}`);
    if (!moved.changed) throw new UseError(moved.said.join(" "));
  }
  return given.say === undefined ? talk(dialogue, given) : once(dialogue, given);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UseError || error instanceof HomeError)) throw error;
  process.stderr.write(`${plain(error.message, 600)}\n`);
  process.exitCode = 2;
}
