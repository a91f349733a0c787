"""PLUS's own training code, from a checkout that `--peer` names."""

import sys
from pathlib import Path
from typing import Any

import torch
from plain_plus import MASK, Masked
from torch import Tensor

TOKENS = MASK + 1


class Peer:
    """PLUS-RNN BASE with its head for one number per protein, and its trainers.

    Attributes:
        model: predicts masked residues and compares proteins.
        head: predicts a number.

    Args:
        source: of PLUS.
    """

    def __init__(self, source: Path) -> None:
        sys.path.append(str(source))
        from plus import config, train
        from plus.data import dataset
        from plus.model import mlp, plus_rnn
        from plus.preprocess import preprocess_seq_for_rnn

        sizes = source / "config" / "model" / "plus-rnn_base.json"
        self._config = config
        self._data, self._rnn, self._trainer = dataset, plus_rnn, train.Trainer
        self._mask = preprocess_seq_for_rnn
        self.model = plus_rnn.PLUS_RNN(
            config.ModelConfig(sizes, input_dim=TOKENS, num_classes=2)
        )
        of_head = config.ModelConfig(model_type="MLP", num_classes=1)
        of_head.hidden_dim = 512
        of_head.set_input_dim(100)
        self.head = mlp.MLP(of_head, per_seq=True)
        self._pairs, self._pair_options = self._pair_trainer()
        self._values, self._value_options = self._value_trainer()

    def pair_loss(self, first: Masked, second: Masked, same: Tensor) -> Tensor:
        """The objective of pre-training."""
        batch = [*first, *second, same.unsqueeze(1)]
        return self._loss(self._pairs, batch, self._pair_options)

    def protein_loss(self, masked: Masked, values: Tensor) -> Tensor:
        """The objective of fine-tuning on numbers (proteins, 1)."""
        batch = [masked.tokens, masked.lengths, values.unsqueeze(2)]
        return self._loss(self._values, batch, self._value_options)

    def pair_step(self, pairs: list[tuple[Tensor, Tensor]], same: Tensor) -> None:
        """Mask, lay out and learn from a batch of pairs."""
        settings = self._pairs.cfg
        read = [
            [self._mask(domain, TOKENS, settings) for domain in pair] for pair in pairs
        ]
        labels = same.bool().unsqueeze(1)
        items = [(*pair, label) for pair, label in zip(read, labels, strict=True)]
        batch = self._data.collate_paired_sequences(items)
        self._pairs.train(batch, self._pair_options)

    def protein_step(self, proteins: list[Tensor], values: Tensor) -> None:
        """Lay out and learn from a batch of proteins with their numbers."""
        settings = self._values.cfg
        items = [
            (self._mask(protein, TOKENS, settings, False), value.unsqueeze(1))
            for protein, value in zip(proteins, values, strict=True)
        ]
        self._values.train(self._data.collate_sequences(items), self._value_options)

    def _loss(self, trainer: Any, batch: list[Tensor], options: Any) -> Tensor:
        parts = (batch, trainer.models_dict, trainer.cfg, trainer.tasks_dict, options)
        losses = [result["avg_loss"] for result in trainer.get_loss(*parts)]
        return torch.stack(losses).sum()

    def _pair_trainer(self) -> tuple[Any, dict[str, Any]]:
        settings = self._config.RunConfig()
        settings.mask_ratio, settings.max_pred = 0.15, 50
        settings.lm_loss_lambda, settings.cls_loss_lambda = 0.7, 0.3
        optimizer = torch.optim.Adam(self.model.parameters(), lr=0.001)
        models = [[self.model, "", False, True, True]]
        tasks = [["lm", ["acc"], ["acc"]], ["cls", ["acc"], ["acc"]]]
        trainer = self._trainer(models, self._rnn.get_loss, settings, tasks, optimizer)
        options = {"data_parallel": False, "paired": True}
        return trainer, options | {"evaluate_cls": self._rnn.evaluate_sfp}

    def _value_trainer(self) -> tuple[Any, dict[str, Any]]:
        settings = self._config.RunConfig()
        settings.mask_ratio = 0.15
        parts = [part.parameters() for part in (self.model, self.head)]
        groups = [{"params": list(part), "lr": 5e-4} for part in parts]
        models = [
            [self.model, "", False, True, False],
            [self.head, "pr", False, True, False],
        ]
        trainer = self._trainer(
            models,
            self._rnn.get_loss,
            settings,
            [["cls", [], ["rho", "r"]]],
            torch.optim.Adam(groups),
        )
        options = {"data_parallel": False, "projection": True, "regression": True}
        return trainer, options | {"evaluate_cls": self._rnn.evaluate_cls_protein}
