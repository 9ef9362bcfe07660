-- Decides approve by its criteria, row by row of `applicants` (id and the inputs).
-- card sha256:d6a65da1117957d5004e0283e768c623207df1fe19fa5014765206dab3fff0e6
-- Generated from the card: change the card, never this file.
-- Points are NULL out of the contract. A loss is the lost points * 16, plus 15 - place in the card.
WITH typed AS (
  SELECT
    applicants.id AS id,
    TRY_CAST(applicants."unver" AS DOUBLE) AS "unver",
    applicants."unver" IS NOT NULL AS "unver given",
    TRY_CAST(applicants."pubrec" AS DOUBLE) AS "pubrec",
    applicants."pubrec" IS NOT NULL AS "pubrec given",
    TRY_CAST(applicants."cons" AS DOUBLE) AS "cons",
    applicants."cons" IS NOT NULL AS "cons given",
    TRY_CAST(applicants."chist" AS DOUBLE) AS "chist",
    applicants."chist" IS NOT NULL AS "chist given",
    TRY_CAST(applicants."mortg" AS DOUBLE) AS "mortg",
    applicants."mortg" IS NOT NULL AS "mortg given",
    TRY_CAST(applicants."obrat" AS DOUBLE) AS "obrat",
    applicants."obrat" IS NOT NULL AS "obrat given",
    TRY_CAST(applicants."hrat" AS DOUBLE) AS "hrat",
    applicants."hrat" IS NOT NULL AS "hrat given",
    TRY_CAST(applicants."loanprc" AS DOUBLE) AS "loanprc",
    applicants."loanprc" IS NOT NULL AS "loanprc given",
    TRY_CAST(applicants."netw" AS DOUBLE) AS "netw",
    applicants."netw" IS NOT NULL AS "netw given",
    TRY_CAST(applicants."unem" AS DOUBLE) AS "unem",
    applicants."unem" IS NOT NULL AS "unem given",
    TRY_CAST(applicants."multi" AS DOUBLE) AS "multi",
    applicants."multi" IS NOT NULL AS "multi given"
  FROM applicants
), valued AS (
  SELECT
    *,
    CASE
      WHEN "unver" = 0 THEN 0
      WHEN "unver" = 1 THEN -63
    END AS "unver points",
    CASE
      WHEN "pubrec" = 0 THEN 0
      WHEN "pubrec" = 1 THEN -27
    END AS "pubrec points",
    CASE
      WHEN "cons" < 1 THEN NULL
      WHEN "cons" < 2 THEN 0
      WHEN "cons" < 4 THEN -12
      WHEN "cons" < 6 THEN -23
      WHEN "cons" <= 6 THEN -37
    END AS "cons points",
    CASE
      WHEN "chist" = 0 THEN -8
      WHEN "chist" = 1 THEN 0
    END AS "chist points",
    CASE
      WHEN "mortg" < 1 THEN NULL
      WHEN "mortg" < 2 THEN 9
      WHEN "mortg" <= 4 THEN 0
    END AS "mortg points",
    CASE
      WHEN "obrat" < 0 THEN NULL
      WHEN "obrat" < 30 THEN 10
      WHEN "obrat" < 41 THEN 0
      WHEN "obrat" < 47 THEN -23
      WHEN "obrat" <= 100 THEN -45
    END AS "obrat points",
    CASE
      WHEN "hrat" < 0 THEN NULL
      WHEN "hrat" < 30 THEN 0
      WHEN "hrat" < 34 THEN -1
      WHEN "hrat" < 38 THEN -15
      WHEN "hrat" <= 100 THEN -18
    END AS "hrat points",
    CASE
      WHEN "loanprc" < 0 THEN NULL
      WHEN "loanprc" < 0.6e0 THEN 14
      WHEN "loanprc" < 0.8e0 THEN 0
      WHEN "loanprc" < 0.95e0 THEN -7
      WHEN "loanprc" <= 5 THEN -18
    END AS "loanprc points",
    CASE
      WHEN "netw" < -100000 THEN NULL
      WHEN "netw" < 40 THEN -7
      WHEN "netw" <= 1000000 THEN 0
    END AS "netw points",
    CASE
      WHEN "unem" < 0 THEN NULL
      WHEN "unem" < 3.8e0 THEN 0
      WHEN "unem" < 7.1e0 THEN -6
      WHEN "unem" <= 100 THEN -15
    END AS "unem points",
    CASE
      WHEN "multi" = 0 THEN 0
      WHEN "multi" = 1 THEN -15
      WHEN NOT "multi given" THEN -15
    END AS "multi points"
  FROM typed
), summed AS (
  SELECT
    *,
    590 + "unver points" + "pubrec points" + "cons points" + "chist points" + "mortg points" + "obrat points" + "hrat points" + "loanprc points" + "netw points" + "unem points" + "multi points" AS "all points"
  FROM valued
), ranked_0 AS (
  SELECT
    *,
    15 - 16 * "unver points" AS "unver loss",
    14 - 16 * "pubrec points" AS "pubrec loss",
    13 - 16 * "cons points" AS "cons loss",
    12 - 16 * "chist points" AS "chist loss",
    11 - 16 * "mortg points" AS "mortg loss",
    10 - 16 * "obrat points" AS "obrat loss",
    9 - 16 * "hrat points" AS "hrat loss",
    8 - 16 * "loanprc points" AS "loanprc loss",
    7 - 16 * "netw points" AS "netw loss",
    6 - 16 * "unem points" AS "unem loss",
    5 - 16 * "multi points" AS "multi loss"
  FROM summed
), ranked_1 AS (
  SELECT
    *,
    CASE WHEN "all points" < 530 THEN GREATEST("unver loss", "pubrec loss", "cons loss", "chist loss", "mortg loss", "obrat loss", "hrat loss", "loanprc loss", "netw loss", "unem loss", "multi loss", 16) END AS "first loss"
  FROM ranked_0
), ranked_2 AS (
  SELECT
    *,
    CASE WHEN "all points" < 530 THEN GREATEST(CASE WHEN "unver loss" < "first loss" THEN "unver loss" ELSE 16 END, CASE WHEN "pubrec loss" < "first loss" THEN "pubrec loss" ELSE 16 END, CASE WHEN "cons loss" < "first loss" THEN "cons loss" ELSE 16 END, CASE WHEN "chist loss" < "first loss" THEN "chist loss" ELSE 16 END, CASE WHEN "mortg loss" < "first loss" THEN "mortg loss" ELSE 16 END, CASE WHEN "obrat loss" < "first loss" THEN "obrat loss" ELSE 16 END, CASE WHEN "hrat loss" < "first loss" THEN "hrat loss" ELSE 16 END, CASE WHEN "loanprc loss" < "first loss" THEN "loanprc loss" ELSE 16 END, CASE WHEN "netw loss" < "first loss" THEN "netw loss" ELSE 16 END, CASE WHEN "unem loss" < "first loss" THEN "unem loss" ELSE 16 END, CASE WHEN "multi loss" < "first loss" THEN "multi loss" ELSE 16 END, 16) END AS "second loss"
  FROM ranked_1
), ranked_3 AS (
  SELECT
    *,
    CASE WHEN "all points" < 530 THEN GREATEST(CASE WHEN "unver loss" < "second loss" THEN "unver loss" ELSE 16 END, CASE WHEN "pubrec loss" < "second loss" THEN "pubrec loss" ELSE 16 END, CASE WHEN "cons loss" < "second loss" THEN "cons loss" ELSE 16 END, CASE WHEN "chist loss" < "second loss" THEN "chist loss" ELSE 16 END, CASE WHEN "mortg loss" < "second loss" THEN "mortg loss" ELSE 16 END, CASE WHEN "obrat loss" < "second loss" THEN "obrat loss" ELSE 16 END, CASE WHEN "hrat loss" < "second loss" THEN "hrat loss" ELSE 16 END, CASE WHEN "loanprc loss" < "second loss" THEN "loanprc loss" ELSE 16 END, CASE WHEN "netw loss" < "second loss" THEN "netw loss" ELSE 16 END, CASE WHEN "unem loss" < "second loss" THEN "unem loss" ELSE 16 END, CASE WHEN "multi loss" < "second loss" THEN "multi loss" ELSE 16 END, 16) END AS "third loss"
  FROM ranked_2
), ranked_4 AS (
  SELECT
    *,
    CASE WHEN "all points" < 530 THEN GREATEST(CASE WHEN "unver loss" < "third loss" THEN "unver loss" ELSE 16 END, CASE WHEN "pubrec loss" < "third loss" THEN "pubrec loss" ELSE 16 END, CASE WHEN "cons loss" < "third loss" THEN "cons loss" ELSE 16 END, CASE WHEN "chist loss" < "third loss" THEN "chist loss" ELSE 16 END, CASE WHEN "mortg loss" < "third loss" THEN "mortg loss" ELSE 16 END, CASE WHEN "obrat loss" < "third loss" THEN "obrat loss" ELSE 16 END, CASE WHEN "hrat loss" < "third loss" THEN "hrat loss" ELSE 16 END, CASE WHEN "loanprc loss" < "third loss" THEN "loanprc loss" ELSE 16 END, CASE WHEN "netw loss" < "third loss" THEN "netw loss" ELSE 16 END, CASE WHEN "unem loss" < "third loss" THEN "unem loss" ELSE 16 END, CASE WHEN "multi loss" < "third loss" THEN "multi loss" ELSE 16 END, 16) END AS "fourth loss"
  FROM ranked_3
), worded AS (
  SELECT
    *,
    CASE WHEN "unver loss" >= "fourth loss" THEN CASE WHEN "unver" = 1 THEN 'unverifiable information yes: these 63 points go with no' END END AS "unver words",
    CASE WHEN "pubrec loss" >= "fourth loss" THEN CASE WHEN "pubrec" = 1 THEN 'bankruptcy on record yes: these 27 points go with no' END END AS "pubrec words",
    CASE WHEN "cons loss" >= "fourth loss" THEN 'consumer payments, 1 (never late) to 6 (seriously) ' || CASE WHEN "cons" = TRUNC("cons") THEN CAST(CAST("cons" AS BIGINT) AS VARCHAR) WHEN ABS("cons") < 0.0001e0 THEN CASE WHEN "cons" > 0 THEN 'between 0 and 0.0001' ELSE 'between -0.0001 and 0' END ELSE CAST("cons" AS VARCHAR) END || CASE WHEN "cons" < 4 THEN ': our limit for these 12 points is below 2' WHEN "cons" < 6 THEN ': our limit for these 23 points is below 2' WHEN "cons" IS NOT NULL THEN ': our limit for these 37 points is below 2' END END AS "cons words",
    CASE WHEN "chist loss" >= "fourth loss" THEN CASE WHEN "chist" = 0 THEN 'accounts paid within 60 days no: these 8 points go with yes' END END AS "chist words",
    CASE WHEN "mortg loss" >= "fourth loss" THEN NULL END AS "mortg words",
    CASE WHEN "obrat loss" >= "fourth loss" THEN 'debt-to-income ratio ' || CASE WHEN "obrat" = TRUNC("obrat") THEN CAST(CAST("obrat" AS BIGINT) AS VARCHAR) WHEN ABS("obrat") < 0.0001e0 THEN CASE WHEN "obrat" > 0 THEN 'between 0 and 0.0001' ELSE 'between -0.0001 and 0' END ELSE CAST("obrat" AS VARCHAR) END || CASE WHEN "obrat" < 47 THEN ' %: our limit for these 23 points is below 41 %' WHEN "obrat" IS NOT NULL THEN ' %: our limit for these 45 points is below 41 %' END END AS "obrat words",
    CASE WHEN "hrat loss" >= "fourth loss" THEN 'housing expense to income ' || CASE WHEN "hrat" = TRUNC("hrat") THEN CAST(CAST("hrat" AS BIGINT) AS VARCHAR) WHEN ABS("hrat") < 0.0001e0 THEN CASE WHEN "hrat" > 0 THEN 'between 0 and 0.0001' ELSE 'between -0.0001 and 0' END ELSE CAST("hrat" AS VARCHAR) END || CASE WHEN "hrat" < 34 THEN ' %: our limit for this 1 point is below 30 %' WHEN "hrat" < 38 THEN ' %: our limit for these 15 points is below 30 %' WHEN "hrat" IS NOT NULL THEN ' %: our limit for these 18 points is below 30 %' END END AS "hrat words",
    CASE WHEN "loanprc loss" >= "fourth loss" THEN 'loan to price ' || CASE WHEN "loanprc" = TRUNC("loanprc") THEN CAST(CAST("loanprc" AS BIGINT) AS VARCHAR) WHEN ABS("loanprc") < 0.0001e0 THEN CASE WHEN "loanprc" > 0 THEN 'between 0 and 0.0001' ELSE 'between -0.0001 and 0' END ELSE CAST("loanprc" AS VARCHAR) END || CASE WHEN "loanprc" < 0.95e0 THEN ': our limit for these 7 points is below 0.8' WHEN "loanprc" IS NOT NULL THEN ': our limit for these 18 points is below 0.8' END END AS "loanprc words",
    CASE WHEN "netw loss" >= "fourth loss" THEN 'net worth in thousands of dollars ' || CASE WHEN "netw" = TRUNC("netw") THEN CAST(CAST("netw" AS BIGINT) AS VARCHAR) WHEN ABS("netw") < 0.0001e0 THEN CASE WHEN "netw" > 0 THEN 'between 0 and 0.0001' ELSE 'between -0.0001 and 0' END ELSE CAST("netw" AS VARCHAR) END || CASE WHEN "netw" < 40 THEN ': our limit for these 7 points is at least 40' END END AS "netw words",
    CASE WHEN "unem loss" >= "fourth loss" THEN 'unemployment in the industry ' || CASE WHEN "unem" = TRUNC("unem") THEN CAST(CAST("unem" AS BIGINT) AS VARCHAR) WHEN ABS("unem") < 0.0001e0 THEN CASE WHEN "unem" > 0 THEN 'between 0 and 0.0001' ELSE 'between -0.0001 and 0' END ELSE CAST("unem" AS VARCHAR) END || CASE WHEN "unem" < 7.1e0 THEN ' %: our limit for these 6 points is below 3.8 %' WHEN "unem" IS NOT NULL THEN ' %: our limit for these 15 points is below 3.8 %' END END AS "unem words",
    CASE WHEN "multi loss" >= "fourth loss" THEN CASE WHEN "multi" IS NULL THEN 'two or more units not given: 15 points fewer than with no' ELSE CASE WHEN "multi" = 1 THEN 'two or more units yes: these 15 points go with no' END END END AS "multi words"
  FROM ranked_4
)
SELECT
  id,
  "all points" AS points,
  CASE WHEN "all points" >= 530 THEN 'approve' WHEN "all points" < 530 THEN 'deny' END AS decision,
  CASE
    WHEN "all points" < 530 THEN CONCAT_WS(
      '; ',
      CASE "first loss" WHEN "unver loss" THEN "unver words" WHEN "pubrec loss" THEN "pubrec words" WHEN "cons loss" THEN "cons words" WHEN "chist loss" THEN "chist words" WHEN "mortg loss" THEN "mortg words" WHEN "obrat loss" THEN "obrat words" WHEN "hrat loss" THEN "hrat words" WHEN "loanprc loss" THEN "loanprc words" WHEN "netw loss" THEN "netw words" WHEN "unem loss" THEN "unem words" WHEN "multi loss" THEN "multi words" END,
      CASE "second loss" WHEN "unver loss" THEN "unver words" WHEN "pubrec loss" THEN "pubrec words" WHEN "cons loss" THEN "cons words" WHEN "chist loss" THEN "chist words" WHEN "mortg loss" THEN "mortg words" WHEN "obrat loss" THEN "obrat words" WHEN "hrat loss" THEN "hrat words" WHEN "loanprc loss" THEN "loanprc words" WHEN "netw loss" THEN "netw words" WHEN "unem loss" THEN "unem words" WHEN "multi loss" THEN "multi words" END,
      CASE "third loss" WHEN "unver loss" THEN "unver words" WHEN "pubrec loss" THEN "pubrec words" WHEN "cons loss" THEN "cons words" WHEN "chist loss" THEN "chist words" WHEN "mortg loss" THEN "mortg words" WHEN "obrat loss" THEN "obrat words" WHEN "hrat loss" THEN "hrat words" WHEN "loanprc loss" THEN "loanprc words" WHEN "netw loss" THEN "netw words" WHEN "unem loss" THEN "unem words" WHEN "multi loss" THEN "multi words" END,
      CASE "fourth loss" WHEN "unver loss" THEN "unver words" WHEN "pubrec loss" THEN "pubrec words" WHEN "cons loss" THEN "cons words" WHEN "chist loss" THEN "chist words" WHEN "mortg loss" THEN "mortg words" WHEN "obrat loss" THEN "obrat words" WHEN "hrat loss" THEN "hrat words" WHEN "loanprc loss" THEN "loanprc words" WHEN "netw loss" THEN "netw words" WHEN "unem loss" THEN "unem words" WHEN "multi loss" THEN "multi words" END
    )
    ELSE ''
  END AS reasons,
  CASE
    WHEN "all points" IS NULL THEN CONCAT_WS(
      '; ',
      CASE WHEN NOT "unver given" THEN 'unver: must be given' WHEN "unver" IN (0, 1) THEN NULL ELSE 'unver: must be 0 or 1' END,
      CASE WHEN NOT "pubrec given" THEN 'pubrec: must be given' WHEN "pubrec" IN (0, 1) THEN NULL ELSE 'pubrec: must be 0 or 1' END,
      CASE WHEN NOT "cons given" THEN 'cons: must be given' WHEN "cons" BETWEEN 1 AND 6 THEN NULL ELSE 'cons: must be a number from 1 to 6' END,
      CASE WHEN NOT "chist given" THEN 'chist: must be given' WHEN "chist" IN (0, 1) THEN NULL ELSE 'chist: must be 0 or 1' END,
      CASE WHEN NOT "mortg given" THEN 'mortg: must be given' WHEN "mortg" BETWEEN 1 AND 4 THEN NULL ELSE 'mortg: must be a number from 1 to 4' END,
      CASE WHEN NOT "obrat given" THEN 'obrat: must be given' WHEN "obrat" BETWEEN 0 AND 100 THEN NULL ELSE 'obrat: must be a number from 0 to 100 %' END,
      CASE WHEN NOT "hrat given" THEN 'hrat: must be given' WHEN "hrat" BETWEEN 0 AND 100 THEN NULL ELSE 'hrat: must be a number from 0 to 100 %' END,
      CASE WHEN NOT "loanprc given" THEN 'loanprc: must be given' WHEN "loanprc" BETWEEN 0 AND 5 THEN NULL ELSE 'loanprc: must be a number from 0 to 5' END,
      CASE WHEN NOT "netw given" THEN 'netw: must be given' WHEN "netw" BETWEEN -100000 AND 1000000 THEN NULL ELSE 'netw: must be a number from -100000 to 1000000' END,
      CASE WHEN NOT "unem given" THEN 'unem: must be given' WHEN "unem" BETWEEN 0 AND 100 THEN NULL ELSE 'unem: must be a number from 0 to 100 %' END,
      CASE WHEN ("multi" IN (0, 1) OR NOT "multi given") THEN NULL ELSE 'multi: must be 0 or 1' END
    )
  END AS refused
FROM worded
