"""One thread, since the students are small."""

import torch

torch.set_num_threads(1)
