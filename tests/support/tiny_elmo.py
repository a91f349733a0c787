"""An ELMo small enough for any test; not in `builders`, as it needs PyTorch."""

from protlang.models.elmo import ElmoConfig

TINY_ELMO = ElmoConfig(
    character_dim=2,
    filters=((1, 4), (2, 4)),
    highway_layers=1,
    projection=4,
    lstm_dim=8,
    layers=2,
    cell_clip=3,
    projection_clip=3,
    dropout=0.1,
    skip_connections=True,
)
