"""Fine-tune a model on homology and score it; started by `python`, or by `torchrun`."""

import sys

from protlang.homology.runs import finish, train
from protlang.training.finetuning_command import run_command

if __name__ == "__main__":
    sys.exit(run_command(train, finish))
