"""Which way is better, and how far a number may move, guessed from a metric's name and its value."""

from __future__ import annotations

import math
import re

_LOWER = frozenset(
    """
    loss error err errors mae mse rmse mape smape wape msle rmsle medae logloss nll crossentropy bce brier ece
    perplexity ppl wer cer ter fpr fnr fdr hamming deviance aic bic fid kl divergence distance regret misses
    pinball eer overfit gap bias
    """.split()  # noqa: SIM905 - a list of words reads better as one
)
_HIGHER = frozenset(
    """
    acc accuracy auc auroc aucroc auprc roc ap map avgprec prec precision recall f1 f2 fbeta fscore f1score r2
    score bleu rouge meteor chrf iou miou dice jaccard mcc matthews kappa ndcg mrr hit hits hitrate tpr tnr ppv
    npv specificity sensitivity psnr ssim likelihood correlation corr pearson spearman gini ks lift top1 top3 top5
    exact em reward coverage silhouette purity ari nmi
    """.split()  # noqa: SIM905 - a list of words reads better as one
)
_LOWER_PHRASES = re.compile(
    r"false_(?:positive|negative|discovery|alarm)|log_loss|cross_entropy|word_error|mean_(?:absolute|squared)|wrong|mistake"
)
_HIGHER_PHRASES = re.compile(
    r"true_(?:positive|negative)_rate|avg_prec|average_precision|explained_variance|log_likelihood"
)
_SPENT = frozenset(
    "time seconds secs sec ms duration latency throughput memory mem bytes size mb gb runtime elapsed fps".split()  # noqa: SIM905
)
_COUNTS = frozenset(
    """
    step steps epoch epochs iter iteration iterations seed n count counts support samples rows total num version
    timestamp date threshold lr batch params id tp tn fp fn
    """.split()  # noqa: SIM905 - a list of words reads better as one
)
SPENT = "differs from machine to machine: `cost` in the policy is for that"
COUNT = "counts something, and is no measure of quality"
UNKNOWN = "nothing in the name says which way is better: say `higher` or `lower`"
TRAINING = "of training: what held-out rows say counts"


def words(key: str) -> list[str]:
    """`testF1Score` and `test.f1-score` as [`test`, `f1`, `score`]."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", key)
    return [word for word in re.split(r"[^a-z0-9]+", spaced.lower()) if word]


def better(key: str) -> str:
    """`higher` or `lower`; empty where the name does not say. The last telling word decides."""
    parts = words(key)
    joined = "_".join(parts)
    if _HIGHER_PHRASES.search(joined):
        return "higher"
    if _LOWER_PHRASES.search(joined):
        return "lower"
    for part in reversed(parts):
        bare = part.rstrip("0123456789")
        if part in _LOWER or bare in _LOWER:
            return "lower"
        if part in _HIGHER or bare in _HIGHER:
            return "higher"
    return ""


def why_not(key: str) -> str:
    """Why a number of this name is no measure of quality that could be judged; empty where it may be."""
    parts = words(key)
    if better(key):
        return TRAINING if {"train", "training"} & set(parts) else ""
    if set(parts) & _SPENT:
        return SPENT
    return COUNT if set(parts[-2:]) & _COUNTS else UNKNOWN


def tolerance(value: float) -> float:
    """A point for what lies in [0, 1], and 2 % of anything else, in one digit."""
    if 0 <= value <= 1 or not math.isfinite(value):
        return 0.01
    rough = abs(value) * 0.02
    return float(f"{rough:.0e}")
