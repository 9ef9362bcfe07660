// What the service may answer, checked by hand. Unknown fields are left out: a newer service may say more.

/** An answer that breaks the contract; the message says where. */
export class ContractError extends Error {}

const own = (value, name) => (Object.hasOwn(value, name) ? value[name] : undefined);

function object(value, where) {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new ContractError(`${where} is no object`);
}

function text(value, name, shape) {
  const found = own(value, name);
  if (typeof found === "string" && shape.test(found)) return found;
  throw new ContractError(`${name} is missing or not what it should be`);
}

const INTENT = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const VERSION = /^[\w.+@:-]{1,64}$/;
const DIGEST = /^(?:[a-z0-9]{1,16}:)?[0-9a-f]{8,128}$/;

/** The answer to POST /v1/intent: `{intent, score, version, digest}`, score between 0 and 1. Throws ContractError. */
export function intentAnswer(value) {
  object(value, "the answer");
  const score = own(value, "score");
  if (!(typeof score === "number" && score >= 0 && score <= 1)) throw new ContractError("score is no number from 0 to 1");
  return {
    intent: text(value, "intent", INTENT),
    score,
    version: text(value, "version", VERSION),
    digest: text(value, "digest", DIGEST),
  };
}

/** The part of GET /version that is about the intent model: `{version, digest}`, null before one is served. Throws ContractError. */
export function versionAnswer(value) {
  const model = object(own(object(value, "the answer"), "intent"), "intent");
  if (own(model, "version") === null) return { version: null, digest: null };
  return { version: text(model, "version", VERSION), digest: text(model, "digest", DIGEST) };
}
