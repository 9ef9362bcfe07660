// One HTTP exchange, bounded in time and size. No redirects, no decompression, nothing is believed.

import http from "node:http";
import https from "node:https";

/** An exchange that brought no answer. `kind`: `away`, `slow`, `cut`, or `huge`. */
export class ExchangeError extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

const agents = {
  "http:": new http.Agent({ keepAlive: true, maxSockets: 4 }),
  "https:": new https.Agent({ keepAlive: true, maxSockets: 4 }),
};

function named(error, signal) {
  if (error instanceof ExchangeError) return error;
  if (signal.aborted) return new ExchangeError("slow", "no answer in time");
  if (error.code === "ECONNREFUSED") return new ExchangeError("away", "nobody listens there");
  if (error.code === "ENOTFOUND" || error.code === "EAI_AGAIN") return new ExchangeError("away", "no such host");
  return new ExchangeError("cut", "the connection broke off");
}

async function whole(response, limit) {
  const parts = [];
  let size = 0;
  for await (const part of response) {
    size += part.length;
    if (size > limit) throw new ExchangeError("huge", `the answer is larger than ${limit} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf-8");
}

function response(url, body, signal) {
  const { promise, resolve, reject } = withResolvers();
  const client = url.protocol === "https:" ? https : http;
  const request = client.request(url, {
    agent: agents[url.protocol],
    method: body === undefined ? "GET" : "POST",
    headers: body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
    maxHeaderSize: 16 * 1024,
    signal,
  });
  request.on("response", resolve);
  request.on("error", reject);
  request.on("upgrade", (_, socket) => socket.destroy()); // it was not asked for: without this, nobody would hear of it
  request.on("close", () => reject(new ExchangeError("cut", "the connection broke off")));
  request.end(body);
  return promise;
}

function withResolvers() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

/** `{status, headers, body}` of one request; `milliseconds` for all of it, `limit` bytes of body. Throws ExchangeError. */
export async function exchange(url, { body, milliseconds, limit = 64 * 1024 }) {
  const signal = AbortSignal.timeout(Math.max(1, Math.ceil(milliseconds)));
  let found;
  try {
    found = await response(url, body, signal);
    return { status: found.statusCode, headers: found.headers, body: await whole(found, limit) };
  } catch (error) {
    found?.destroy();
    throw named(error, signal);
  }
}
