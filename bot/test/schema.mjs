// As much of JSON Schema as the service's contract uses. A keyword that is not known here throws: nothing is passed over.

const SAYS_NOTHING = new Set(["title", "description", "default", "format"]);
const kind = (value) => (value === null ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value);
const isA = (value, name) => name === kind(value) || (name === "number" && kind(value) === "integer");

const KEYWORDS = {
  type: (value, types) => [types].flat().some((name) => isA(value, name)),
  enum: (value, all) => all.includes(value),
  const: (value, one) => value === one,
  pattern: (value, text) => typeof value !== "string" || new RegExp(text, "u").test(value),
  minLength: (value, n) => typeof value !== "string" || [...value].length >= n,
  maxLength: (value, n) => typeof value !== "string" || [...value].length <= n,
  minimum: (value, n) => typeof value !== "number" || value >= n,
  maximum: (value, n) => typeof value !== "number" || value <= n,
  required: (value, names) => kind(value) !== "object" || names.every((name) => Object.hasOwn(value, name)),
  properties: (value, each) => kind(value) !== "object" || Object.entries(each).every(([name, schema]) => !Object.hasOwn(value, name) || fits(value[name], schema)),
  additionalProperties: (value, allowed, { properties }) => allowed || kind(value) !== "object" || Object.keys(value).every((name) => Object.hasOwn(properties, name)),
};

/** Whether a value fits a schema. */
export function fits(value, schema) {
  return Object.entries(schema).every(([keyword, wanted]) => {
    if (SAYS_NOTHING.has(keyword)) return true;
    if (!KEYWORDS[keyword]) throw new Error(`the schema says ${keyword}, which this check does not know`);
    return KEYWORDS[keyword](value, wanted, schema);
  });
}
