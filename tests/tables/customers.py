"""A table as people have it: a CSV with words and gaps, a pipeline, and a rule that cannot always tell."""

from functools import cache

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

FEATURES = ["income", "loan", "age", "home", "member"]


def customers(count: int, seed: int) -> pd.DataFrame:
    """Incomes of which some are missing, loans below them, and words."""
    rng = np.random.default_rng(seed)
    income = rng.gamma(4.0, 9_000, count).round(-2)
    made = pd.DataFrame(
        {
            "id": [f"c{i}" for i in range(count)],
            "income": income,
            "loan": (income * rng.uniform(0.05, 0.9, count)).round(-1),
            "age": rng.integers(18, 80, count),
            "home": rng.choice(["rent", "own", "mortgage"], count),
            "member": rng.random(count) < 0.4,
        }
    )
    made.loc[rng.random(count) < 0.15, "income"] = np.nan
    return made


def law(rows: pd.DataFrame) -> np.ndarray:
    """Whoever rents may borrow less; without an income nothing can be said."""
    share = np.where(rows["home"] == "rent", 0.3, 0.5)
    said = np.where(rows["loan"] < rows["income"] * share, "grant", "refuse")
    return np.where(rows["income"].isna(), "cannot tell", said)


@cache
def pipeline(trees: bool = False):
    """Trained on past decisions, with words as words."""
    past = customers(600, 0)
    decided = law(past)
    known = decided != "cannot tell"
    if trees:
        words = ColumnTransformer(
            [("w", OrdinalEncoder(), ["home"])],
            remainder="passthrough",
            verbose_feature_names_out=False,
        )
        model = make_pipeline(words, HistGradientBoostingClassifier(max_iter=20, random_state=0))
    else:
        numbers = make_pipeline(SimpleImputer(), StandardScaler())
        encode = ColumnTransformer(
            [
                ("n", numbers, ["income", "loan", "age"]),
                ("w", OneHotEncoder(handle_unknown="ignore"), ["home"]),
            ],
            remainder="passthrough",
        )
        model = make_pipeline(encode, LogisticRegression(max_iter=500))
    return model.fit(past[FEATURES][known], decided[known])
