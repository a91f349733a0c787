"""Fine-tune a model on homology and score it; started by `python`, or by `torchrun`."""

import sys

from protlang.finetuning_command import run_command
from protlang.homology_runs import finish, train

if __name__ == "__main__":
    sys.exit(run_command(train, finish))
