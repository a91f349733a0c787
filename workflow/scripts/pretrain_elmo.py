"""Pre-train one ELMo; started by `python`, or by `torchrun` for several processes."""

import sys

from protlang.pretraining.elmo_runs import PretrainingPlan, finish, pretrain
from protlang.training.pretraining_command import run_command

if __name__ == "__main__":
    sys.exit(run_command(PretrainingPlan.parse, pretrain, finish))
