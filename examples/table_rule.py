"""Audit a model of a table against a business rule, with pandas and scikit-learn.

The rule decides on loans and says *uncertain* near its own limits, where a person would look. The
model was trained on past decisions, and never saw that age must not matter.

    python examples/table_rule.py
"""

import numpy as np
import pandas as pd
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import preceptor as pr

COLUMNS = ["income", "debt", "age"]


def customers(count: int, seed: int) -> pd.DataFrame:
    """Customers of the past: in these data the old have less debt."""
    rng = np.random.default_rng(seed)
    age = rng.integers(20, 80, count)
    return pd.DataFrame(
        {
            "income": rng.gamma(4.0, 12_000, count).round(-2).clip(0, 200_000),
            "debt": ((90 - age) * rng.uniform(100, 900, count)).round(-2),
            "age": age,
        },
        columns=COLUMNS,
    ).astype("float32")


def law(rows: pd.DataFrame) -> np.ndarray:
    """1 grants the loan, 0 refuses it, -1 is for a person to decide. Age does not matter."""
    surplus = rows["income"] - 1.2 * rows["debt"]
    return np.where(np.abs(surplus) < 2_000, -1, (surplus > 0).astype(int))


def main() -> None:
    """Train on past decisions, audit, and show which rows go wrong."""
    past = customers(2_000, seed=0)
    decided = law(past)
    known = decided >= 0
    model = make_pipeline(StandardScaler(), GradientBoostingClassifier(random_state=0))
    model.fit(past[known], decided[known])

    record = pr.audit(
        model,
        customers(200, seed=1),
        law,
        attacks=["noise:size=0.05", "square:eps=0.05"],  # shares of each column's own range
        classes=["refuse", "grant"],
    )
    print(record, "\n")
    print(record.to_pandas().to_string(), "\n")
    items = record.to_pandas("items")
    print(items.head().to_string())


if __name__ == "__main__":
    main()
