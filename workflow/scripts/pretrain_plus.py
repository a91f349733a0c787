"""Pre-train one model on Pfam; started by `python`, or by `torchrun`."""

import sys

from protlang.pretraining.plus_recipe import PlusPlan, finish, pretrain
from protlang.training.pretraining_command import run_command

if __name__ == "__main__":
    sys.exit(run_command(PlusPlan.parse, pretrain, finish))
