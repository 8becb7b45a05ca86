# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
# ---

# %% [markdown]
# # Votes of people and predictions of a model, from two tables
# No model and no inputs are needed. `votes_and_predictions.py` makes the tables.

# %%
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]) if "__file__" in globals() else "..")

import votes_and_predictions as tables

import preceptor as pr

tables.write_tables()
votes = f"votes:{tables.OUT / 'votes.csv'},least=3,share=3/5"

# %%
record = pr.audit(
    str(tables.OUT / "predictions.csv"), teacher=votes, classes=tables.CLASSES, by="condition"
)
record

# %%
record.to_pandas()

# %% [markdown]
# Where people disagree, nothing can be wrong: those items are void.

# %%
items = record.to_pandas("items")
items["verdict"].value_counts()
