"""The lines that write predictions: what a repository adds to be judged row by row."""

from __future__ import annotations

SKLEARN = (
    'answers = {"label": y_test, "prediction": model.predict(X_test)}',
    "table = pd.DataFrame(answers, index=X_test.index)",
    'table.to_csv("predictions.csv", index_label="id")',
)
TORCH = (
    "rows = [torch.stack([y, model(x).argmax(1)], 1) for x, y in loader]",
    'table = pd.DataFrame(torch.cat(rows).numpy(), columns=["label", "prediction"])',
    'table.to_csv("predictions.csv", index_label="id")',
)
CSV = (
    'with open("predictions.csv", "w", newline="") as file:',
    '    rows = [("id", "label", "prediction"), *zip(ids, labels, predictions)]',
    "    csv.writer(file).writerows(rows)",
)
BY_LIBRARY = {
    "sklearn": ("scikit-learn", SKLEARN),
    "torch": ("PyTorch (a loader that does not shuffle)", TORCH),
    "": ("any writer of CSV", CSV),
}


def lines_for(library: str) -> tuple[str, tuple[str, ...]]:
    """What they are for, and the lines."""
    return BY_LIBRARY[library]
