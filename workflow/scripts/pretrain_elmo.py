"""Pre-train one ELMo; started by `python`, or by `torchrun` for several processes."""

import sys

from protlang.pretraining_command import run_command
from protlang.pretraining_runs import PretrainingPlan, finish, pretrain

if __name__ == "__main__":
    sys.exit(run_command(PretrainingPlan.parse, pretrain, finish))
