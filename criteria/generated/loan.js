// Decides `approve` by its criteria: decide(row) gives points, decision and reasons.
//
// card sha256:d6a65da1117957d5004e0283e768c623207df1fe19fa5014765206dab3fff0e6
// Generated from the card: change the card, never this file.

export const card = "sha256:d6a65da1117957d5004e0283e768c623207df1fe19fa5014765206dab3fff0e6";
export const start = 590;
export const cutoff = 530;

/** A value out of the contract. */
class Refused extends Error {}

// Each rule gives [points, points lost against the reference, the words for it].
function rule_unver(value) {
  if (value === null) throw new Refused("must be given");
  if (!([0, 1, false, true].includes(value))) throw new Refused("must be 0 or 1");
  if (Number(value) === 0) return [0, 0, []];
  return [-63, 63, ["unverifiable information yes: these 63 points go with no"]];
}

function rule_pubrec(value) {
  if (value === null) throw new Refused("must be given");
  if (!([0, 1, false, true].includes(value))) throw new Refused("must be 0 or 1");
  if (Number(value) === 0) return [0, 0, []];
  return [-27, 27, ["bankruptcy on record yes: these 27 points go with no"]];
}

function rule_cons(value) {
  if (value === null) throw new Refused("must be given");
  if (!(typeof value === "number" && value >= 1 && value <= 6)) throw new Refused("must be a number from 1 to 6");
  if (value < 2) return [0, 0, []];
  if (value < 4) return [-12, 12, ["consumer payments, 1 (never late) to 6 (seriously) ", ": our limit for these 12 points is below 2"]];
  if (value < 6) return [-23, 23, ["consumer payments, 1 (never late) to 6 (seriously) ", ": our limit for these 23 points is below 2"]];
  return [-37, 37, ["consumer payments, 1 (never late) to 6 (seriously) ", ": our limit for these 37 points is below 2"]];
}

function rule_chist(value) {
  if (value === null) throw new Refused("must be given");
  if (!([0, 1, false, true].includes(value))) throw new Refused("must be 0 or 1");
  if (Number(value) === 0) return [-8, 8, ["accounts paid within 60 days no: these 8 points go with yes"]];
  return [0, 0, []];
}

function rule_mortg(value) {
  if (value === null) throw new Refused("must be given");
  if (!(typeof value === "number" && value >= 1 && value <= 4)) throw new Refused("must be a number from 1 to 4");
  if (value < 2) return [9, 0, []];
  return [0, 0, []];
}

function rule_obrat(value) {
  if (value === null) throw new Refused("must be given");
  if (!(typeof value === "number" && value >= 0 && value <= 100)) throw new Refused("must be a number from 0 to 100 %");
  if (value < 30) return [10, 0, []];
  if (value < 41) return [0, 0, []];
  if (value < 47) return [-23, 23, ["debt-to-income ratio ", " %: our limit for these 23 points is below 41 %"]];
  return [-45, 45, ["debt-to-income ratio ", " %: our limit for these 45 points is below 41 %"]];
}

function rule_hrat(value) {
  if (value === null) throw new Refused("must be given");
  if (!(typeof value === "number" && value >= 0 && value <= 100)) throw new Refused("must be a number from 0 to 100 %");
  if (value < 30) return [0, 0, []];
  if (value < 34) return [-1, 1, ["housing expense to income ", " %: our limit for this 1 point is below 30 %"]];
  if (value < 38) return [-15, 15, ["housing expense to income ", " %: our limit for these 15 points is below 30 %"]];
  return [-18, 18, ["housing expense to income ", " %: our limit for these 18 points is below 30 %"]];
}

function rule_loanprc(value) {
  if (value === null) throw new Refused("must be given");
  if (!(typeof value === "number" && value >= 0 && value <= 5)) throw new Refused("must be a number from 0 to 5");
  if (value < 0.6) return [14, 0, []];
  if (value < 0.8) return [0, 0, []];
  if (value < 0.95) return [-7, 7, ["loan to price ", ": our limit for these 7 points is below 0.8"]];
  return [-18, 18, ["loan to price ", ": our limit for these 18 points is below 0.8"]];
}

function rule_netw(value) {
  if (value === null) throw new Refused("must be given");
  if (!(typeof value === "number" && value >= -100000 && value <= 1000000)) throw new Refused("must be a number from -100000 to 1000000");
  if (value < 40) return [-7, 7, ["net worth in thousands of dollars ", ": our limit for these 7 points is at least 40"]];
  return [0, 0, []];
}

function rule_unem(value) {
  if (value === null) throw new Refused("must be given");
  if (!(typeof value === "number" && value >= 0 && value <= 100)) throw new Refused("must be a number from 0 to 100 %");
  if (value < 3.8) return [0, 0, []];
  if (value < 7.1) return [-6, 6, ["unemployment in the industry ", " %: our limit for these 6 points is below 3.8 %"]];
  return [-15, 15, ["unemployment in the industry ", " %: our limit for these 15 points is below 3.8 %"]];
}

function rule_multi(value) {
  if (value === null) return [-15, 15, ["two or more units not given: 15 points fewer than with no"]];
  if (!([0, 1, false, true].includes(value))) throw new Refused("must be 0 or 1");
  if (Number(value) === 0) return [0, 0, []];
  return [-15, 15, ["two or more units yes: these 15 points go with no"]];
}

const rules = [
  ["unver", rule_unver],
  ["pubrec", rule_pubrec],
  ["cons", rule_cons],
  ["chist", rule_chist],
  ["mortg", rule_mortg],
  ["obrat", rule_obrat],
  ["hrat", rule_hrat],
  ["loanprc", rule_loanprc],
  ["netw", rule_netw],
  ["unem", rule_unem],
  ["multi", rule_multi],
];

/**
 * Points, decision and reasons of one applicant; null stands for a value that is not given.
 * Where a column is missing or out of the contract, nothing is decided and `refused` says why.
 */
export function decide(row) {
  const refused = [];
  const found = [];
  for (const [column, rule] of rules) {
    if (!Object.hasOwn(row, column)) {
      refused.push([column, "column is missing"]);
      continue;
    }
    try {
      found.push([...rule(row[column] ?? null), row[column]]);
    } catch (reason) {
      if (!(reason instanceof Refused)) throw reason;
      refused.push([column, reason.message]);
    }
  }
  if (refused.length > 0) return { points: null, decision: null, reasons: [], refused };
  const points = found.reduce((sum, [worth]) => sum + worth, start);
  if (points >= cutoff) return { points, decision: "approve", reasons: [], refused };
  return { points, decision: "deny", reasons: reasons(found), refused };
}

/** At most four reasons: what cost most comes first, then the order of the card. */
function reasons(found) {
  const losing = found.filter(([, lost]) => lost > 0).sort(([, one], [, other]) => other - one);
  return losing.slice(0, 4).map(([, , parts, value]) => (parts.length > 1 ? parts.join(shown(value)) : parts[0]));
}

/** A number with the shortest digits that give it back. */
function shown(value) {
  if (Number.isInteger(value)) return String(value === 0 ? 0 : value);
  if (value > -0.0001 && value < 0.0001) return value > 0 ? "between 0 and 0.0001" : "between -0.0001 and 0";
  return String(value);
}
