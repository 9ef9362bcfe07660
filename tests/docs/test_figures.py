"""The figures of the pages are those of metrics/benchmarks: who measures again is told which sentence to mend."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from tests.docs.blocks import ROOT


@cache
def measured(name: str) -> Any:
    return json.loads((ROOT / "metrics/benchmarks" / f"{name}.json").read_text("utf-8"))


def percent(share: float) -> str:
    """As a table rounds it: half a per cent is one."""
    return f"{int(share * 100 + 0.5)} %"


def arm(name: str, rows: int) -> dict[str, Any]:
    """Of the made-up pull requests, the share that each rule blocks."""
    [found] = [one for one in measured("decision-quality")["blocked"] if (one["arm"], one["rows"]) == (name, rows)]
    return dict(found)


def comparison() -> Iterator[str]:
    for said, name, rows in (
        ("nothing changed, 500 rows", "nothing changed", 500),
        ("nothing changed, 5,000 rows", "nothing changed", 5000),
        ("rows in groups of 10, nothing changed, 5,000 rows", "groups of 10, nothing changed", 5000),
        ("one slice of 5 % is down 10 points, 5,000 rows", "one 5 % slice down 10 points", 5000),
        ("one class down 3 points, another up, 5,000 rows", "one class down 3 points, one up", 5000),
        ("all down 1 point, 5,000 rows", "drop of 1 point", 5000),
        ("all down 2 points, 5,000 rows", "drop of 2 points", 5000),
        ("all down 2 points, 500 rows", "drop of 2 points", 500),
    ):
        cells = [percent(arm(name, rows)[rule]) for rule in ("dropped at all", "dropped over 1 point", "mergegate")]
        yield f"| {said} | {' | '.join(cells)} |"
    planted = measured("planted-faults")["summary"]
    costly = planted["judged faults that truly cost over 0.5 points"]
    yield f"On {planted['faults']} faults planted"
    yield f"{costly['faults']} of those that were judged cost more than half a point"
    yield f"mergegate blocked {costly['mergegate']} of the {costly['faults']}"
    assert costly["dropped over 1 point"] == costly["mergegate"]
    assert costly["dropped at all"] == costly["faults"]
    pulled, ours, bare = (seconds(tool, 1000) for tool in (PULLED, "mergegate run", f"{PULLED} --no-run-cache"))
    yield f"it took {pulled} s against {ours} s, with `--no-run-cache` {bare} s"


PULLED = "dvc repro --pull --allow-missing"


def seconds(tool: str, entries: int) -> str:
    """S3 with 20 ms, nobody has run it before."""
    wanted = ("s3 with 20 ms", False, tool, entries)
    rows = measured("rerun")["rows"]
    [one] = [r for r in rows if (r["remote"], r["hit"], r["tool"], r["entries"]) == wanted]
    return f"{one['seconds']:.1f}"


def rerun() -> Iterator[str]:
    for tool in (PULLED, f"{PULLED} --no-run-cache", "mergegate run", "mergegate run && mergegate check"):
        yield f"| `{tool}` | {' | '.join(seconds(tool, entries) for entries in (10, 100, 1000, 5000))} |"
    found = measured("rerun")
    over = found["claims"]["seconds over the floor of run and check together (median of misses)"]
    folder, s3, far = (over[where]["seconds"] for where in ("folder", "s3", "s3 with 20 ms"))
    yield f"stay {folder:.1f} s over the floor"
    yield f"on a folder, {s3:.1f} s on S3 and {far:.1f} s on S3 with 20 ms"
    yield f"ends after {found['stage_of_a_minute']['times']:.3f} times its own time"
    here, chain = (one["seconds"] for one in found["plan_alone"].values())
    yield f"`plan` takes {here:.2f} s on this repository and {chain:.2f} s on 1,000 stages"
    turns = found["claims"]["slowest over fastest number of entries, in turns"]
    yield f"differ by {turns['seconds']:.2f} from the fastest to the slowest"
    killed = found["killed"]
    assert killed["publish"] == {"points": 200, "silently incomplete": 0}
    assert killed["run"] == {"points": 50, "other hashes": 0}


def statistics() -> Iterator[str]:
    same = arm("nothing changed", 5000)
    down = arm("drop of 1 point", 5000)
    unpaired, paired = (100 * down[rule] for rule in ("unpaired z", "McNemar, all rows only"))
    yield f"in {unpaired:.0f} of 100 cases, the paired one in {paired:.0f}"
    assert 0.6 < same["McNemar, uncorrected"] < 0.7, "two of three unchanged models"
    grouped = arm("groups of 10, nothing changed", 5000)
    yield f"McNemar over all rows blocks {percent(grouped['McNemar, all rows only'])} of unchanged models"
    luck = arm("seeds only", 50_000)
    yield f"a test of the artefact calls {percent(luck['McNemar, all rows only'])} of unchanged recipes worse"
    yield f"with the noise, over all 23 checks, it is {percent(luck['mergegate'])}"
    one, all_of_it = (arm(name, 5000)["mergegate"] for name in ("one 5 % slice down 10 points", "drop of 1.1 points"))
    yield f"is blocked in {percent(one)} and everything down 1.1 points in {percent(all_of_it)}"
    yield from speed()
    planted = measured("planted-faults")["summary"]
    assert planted["of these, not blocked (none should)"] == []
    worse = planted["with a check truly worse than its MDE"]
    yield f"{worse} made a check truly worse than its minimum detectable effect: all {worse} were blocked"
    costly = planted["judged faults that truly cost over 0.5 points"]
    ours, evidently, regressgate = (costly[rule] for rule in ("mergegate", "evidently", "regressgate"))
    yield f"mergegate blocked {ours}, Evidently's default {evidently}, regressgate {regressgate}"
    wide = measured("decision-quality")["summary"]["coverage, by method: settings, within 0.93 to 0.97, least, most"]
    yield f"the calibration error (up to {wide['ece'][3] * 100:.1f} %"
    rates = [arm(f"groups of {size}, nothing changed", rows)["mergegate"]
             for size in (10, 20) for rows in (500, 5000, 50_000)]  # fmt: skip
    yield f"the family blocks {min(rates) * 100:.1f} to {max(rates) * 100:.0f} % of unchanged models"


def speed() -> Iterator[str]:
    """Of `mergegate compare`, a whole process."""
    found = measured("compare-speed")
    at = {(run["rows"], run["classes"]): run for run in found["runs"]}
    million, most, classes = at[1_000_000, 10], at[10_000_000, 10], at[1_000_000, 100]
    yield f"take {million['command']['seconds']:.1f} s, {million['command_over_duckdb_in_seconds']:.1f} times"
    yield f"{million['scipy_over_command']:.0f} times less than SciPy's bootstrap"
    yield f"10,000,000 rows {most['command']['seconds']:.1f} s and {most['command']['peak_mb']} MB"
    yield f"{found['auc']['seconds']:.0f} s and {found['auc']['peak_mb']} MB"
    yield f"100,000,000 rows {found['out_of_core']['seconds']:.0f} s, out of core"
    times = classes["command"]["seconds"] / million["command"]["seconds"]
    yield f"100 classes {times:.2f} times the time of 10"
    yield f"10,000 rows with one metric take {at[10_000, 10]['one_metric_no_slices']['seconds']:.2f} s"
    peers = {name: one["seconds"] for name, one in at[100_000, 10]["peers"].items()}
    ours = at[100_000, 10]["command"]["seconds"]
    yield (
        f"deepchecks {peers['deepchecks']:.1f} s, Evidently {peers['evidently']:.1f} s, "
        f"regressgate {peers['regressgate']:.0f} s, mergegate {ours:.1f} s"
    )


def spark() -> Iterator[str]:
    large = measured("compare-speed")["out_of_core"]
    yield f"{large['rows']:,} rows took it {large['seconds']:.0f} s in {large['peak_mb'] / 1000:.1f} GB"


def service() -> Iterator[str]:
    found = measured("service")
    ours, swaps = found["speed"]["service"], found["swaps"]
    yield f"{ours['per_second']:,} requests per second with a 99th percentile of {ours['p99_ms']:.1f} ms"
    yield f"{found['speed']['times_plain_per_second']:.1f} times the plain FastAPI"
    yield f"{found['speed']['share_of_no_op_per_second']:.2f} of the one that does nothing"
    yield f"ready {found['start']['ready_seconds']:.1f} s after its start; {found['memory_mb']['most']} MB"
    yield f"{found['large_body']['grown_mb']} MB of growth over 200 MB"
    yield f"{swaps['requests']:,} answers during {swaps['swaps']} swaps"
    yield f"the slowest {swaps['worst_ms']:.0f} ms"
    yield f"the {found['model']['golden_answers']:,} held-out utterances"
    assert (swaps["failed"], swaps["mixed"]) == (0, 0)
    assert found["hostile"]["server_errors_or_echoes"] == []


def report() -> Iterator[str]:
    found = measured("report-page")["results"][-1]
    yield f"With a holdout of {found['rows']:,} rows"
    yield f"{found['rows_listed']:,} of them answered otherwise"
    yield f"it has {found['megabytes']} MB and answers {found['seconds']['interactive']['median']:.2f} s"


def data_checks() -> Iterator[str]:
    of = {(one["rows"], one["format"]): one for one in measured("data-size")["results"]}
    for rows, said in ((1_000_000, "1 million"), (10_000_000, "10 million")):
        both = of[rows, "parquet"], of[rows, "csv"]
        size, spent, peak = (
            " / ".join(f"{one[key]:,.0f}" for one in both) for key in ("megabytes", "cpu_seconds", "peak_megabytes")
        )
        yield f"| {said} | Parquet / CSV | {size} | {spent} | {peak} MB |"


def design() -> Iterator[str]:
    [largest] = [
        one for one in measured("data-size")["results"] if (one["rows"], one["format"]) == (10_000_000, "parquet")
    ]
    yield f"took {largest['cpu_seconds']:.0f} CPU seconds and {largest['peak_megabytes']} MB"


def intent() -> Iterator[str]:
    by = {one["split"]: one for one in measured("leaky-split")["splits"]}
    for model in ("words (main)", "words and runs of 3 to 4 characters"):
        cells = [int(by[split]["accuracy"][model] * 1000 + 0.5) / 1000 for split in ("by group", "by row")]
        yield f"| {model} | {cells[0]:.3f} | {cells[1]:.3f} |"
    leaky = by["by row"]["blocks"]
    assert leaky["MG204 split"].startswith("1,473 of 1,537 groups have rows on the wrong side")
    yield "1,473 of 1,537 groups have rows on the wrong side (MG204)"
    near = by["by group"]["near_duplicates"], by["by row"]["near_duplicates"]
    yield f"Of the honest holdout's sentences {near[0]} (0.5 %) have a near-duplicate in training"
    yield f"those that are there themselves, {near[1]} (4.1 %)"


def replay() -> Iterator[str]:
    found = measured("replay")["summary"]
    said = ", ".join(f"{found['decisions'][one]} {one}" for one in ("merge", "unsure", "block"))
    yield f"{found['pull_requests']} of them as pull requests: {said}, {found['crashed']} without a verdict"
    states = [one["accuracy"].get("state") for one in measured("replay")["releases"] if one.get("accuracy")]
    held, better, worse, open_ = (states.count(one) for one in ("held", "improved", "regressed", "cannot-tell"))
    yield f"accuracy {held} held, {better} improved, {worse} regressed and {open_} could not tell"
    by = found["blocked_by"]
    yield f"{by['MG205']} releases have sentences in training that main holds out"
    yield f"{by['MG102']} take more than a quarter of the rows away"
    yield f"{by['MG201']} more than half of the holdout"
    yield f"{by['MG401']} fail a question that must pass"
    yield f"{by['MG101']} releases have an intent with fewer rows"


def faults_in_tests() -> Iterator[str]:
    found = measured("mutation")["summary"]
    low, high = (100 * bound for bound in found["found, 95 % interval"])
    yield f"planted a quarter of all {found['mutants']:,}"
    yield f"{100 * found['found']:.1f} % were noticed, which makes {low:.1f} to {high:.1f} % of all"


def readme() -> Iterator[str]:
    assert 0.45 < arm("nothing changed", 500)["dropped at all"] < 0.55
    yield '"Fail when the metric dropped" blocks half of the pull requests that changed nothing'
    assert 0.6 < arm("nothing changed", 5000)["McNemar, uncorrected"] < 0.7
    yield "twenty slices at 5 % each block two of three that changed nothing"


PAGES: dict[str, Callable[[], Iterator[str]]] = {
    "README.md": readme, "docs/comparison.md": comparison, "docs/rerun.md": rerun, "docs/statistics.md": statistics,
    "docs/spark.md": spark, "docs/service.md": service, "docs/report.md": report, "docs/data-checks.md": data_checks,
    "docs/design.md": design, "docs/data/intent.md": intent, "docs/replay.md": replay,
    "tests/stats/README.md": faults_in_tests,
}  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_what_was_measured(page: str) -> None:
    text = " ".join((ROOT / page).read_text("utf-8").split())
    said = list(PAGES[page]())
    assert said
    assert [one for one in said if one not in text] == []
