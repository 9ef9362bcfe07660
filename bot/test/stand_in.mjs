// A stand-in for the service that holds to the contract, or breaks it in a way that it is told.

import { createServer } from "node:http";
import { once } from "node:events";
import { after } from "node:test";

export const GOOD = { intent: "HassTurnOn", score: 0.97, version: "v1.2.0", digest: "0123456789abcdef".repeat(4) };

/** A JSON answer. */
export function json(value, status = 200, headers = {}) {
  return (request, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof value === "string" ? value : JSON.stringify(value));
  };
}

/**
 * Start a server that plays `script`, one handler for each request, the last one for all that follow.
 * Gives `{url, asked}`: the bodies that were sent, parsed. It ends with the test file.
 */
export async function standIn(...script) {
  const asked = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    asked.push({ path: request.url, method: request.method, type: request.headers["content-type"], body: body && JSON.parse(body) });
    const play = script[Math.min(asked.length, script.length) - 1];
    play(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, asked, stop: () => (server.closeAllConnections(), server.close()) };
}

/** Nothing is ever answered. */
export const silent = () => {};
/** The head comes, and then a byte now and then, for ever. */
export function dripping(request, response) {
  response.writeHead(200, { "content-type": "application/json" });
  const timer = setInterval(() => response.write(" "), 20);
  response.on("close", () => clearInterval(timer));
}
/** The connection is cut in the middle of the answer. */
export function cut(request, response) {
  response.writeHead(200, { "content-type": "application/json", "content-length": 1000 });
  response.write('{"intent": "Hass', () => request.socket.destroy());
}
/** A body without end. */
export function endless(request, response) {
  response.writeHead(200, { "content-type": "application/json" });
  const chunk = "x".repeat(16_384);
  const more = () => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once("drain", more);
  };
  more();
}
