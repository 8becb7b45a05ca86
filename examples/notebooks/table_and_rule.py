# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
# ---

# %% [markdown]
# # A table, a scikit-learn pipeline and a business rule
# The rule is the teacher: it grants or refuses a loan, and says *uncertain* near its limit. Sizes of
# attacks are shares of each column's own range.

# %%
import sys
from pathlib import Path

sys.path.insert(0, str(Path("examples").resolve()))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]) if "__file__" in globals() else "..")

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from table_rule import customers, law

import preceptor as pr

# %%
past = customers(1_000, seed=0)
decided = law(past)
model = make_pipeline(StandardScaler(), LogisticRegression())
model.fit(past[decided >= 0], decided[decided >= 0])

# %%
record = pr.audit(
    model, customers(150, seed=1), law, attacks="noise:size=0.05", classes=["refuse", "grant"]
)
record

# %%
record.to_pandas()

# %%
items = record.to_pandas("items")
items[items["verdict"] == "ERROR"].head()

# %% [markdown]
# Which column does the model use that the rule does not look at?

# %%
pr.explain(record, model, law, budget=100)
