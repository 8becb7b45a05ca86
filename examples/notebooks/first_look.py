# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
# ---

# %% [markdown]
# # Is my model robust as my teacher sees it?
# Ten cells: audit, look, search, explain, teach, compare, and what comes out as data frames and
# pictures. Open this file as a notebook with jupytext or in an editor that knows `# %%` cells.

# %%
import torch
from torch import nn

import preceptor as pr
from preceptor.problems import plane

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2))

# %% [markdown]
# The problem `plane` has data, a teacher that can be asked anywhere, and a trap: in the data the
# first number always agrees with the second, and only the second decides.

# %%
points = plane()
inputs, labels = points.train_inputs[:300], points.train_labels[:300]
steps = torch.optim.Adam(net.parameters(), 0.01)
for _ in range(200):
    steps.zero_grad()
    nn.functional.cross_entropy(net(inputs), labels).backward()
    steps.step()

# %%
record = pr.audit(net, "plane", attacks=["noise:size=0.2", "pgd:eps=0.1"], items=100)
record

# %%
record.to_pandas()

# %%
record.plot()

# %%
found = pr.search(net, "plane", budget=100)
found

# %%
why = pr.explain(record, net, budget=60)
why

# %%
taught = pr.teach(net, "plane", strategy="random", budget=60, rounds=1, steps=300, items=100)
taught

# %%
taught.plot()

# %%
pr.compare(
    "plane", ["passive", "random"], budgets=[20, 60], seeds=2, steps=200, probes=300, items=30,
    search=0, jobs=1,
)  # fmt: skip
