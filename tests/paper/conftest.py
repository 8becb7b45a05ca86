"""Shapes written as types are checked in the tests; one thread, since the students are small."""

import torch
from jaxtyping import install_import_hook

install_import_hook("preceptor.paper", "checked.check")
torch.set_num_threads(1)
