"""Reproduction of SeqVec and PLUS, two landmark papers on protein language models.

The packages read like the pipeline. Each imports from itself, from those above it in
this list, and from the modules beside them (`alphabet`, `proteins`, `files`, `parquet`,
`validation`, `logs`, `errors`):

- `sources`: what the configuration declares as published data, and its download
- `formats`: one reader or writer per upstream format
- `simulation`: a small protein world written in those formats
- `datasets`: labelled proteins, curated and split
- `corpora`: unlabelled proteins as token stores
- `models`: networks, pure PyTorch
- `training`: resumable training; knows no biology
- `encoders`: language models of every architecture behind one interface
- `pretraining`: how each of them is trained
- `embedding`: vectors of data sets, corpora and users' proteins
- `evaluation`: metrics, statistics, leakage, projections
- `tasks`: label, loss, decoding and measures of each task; SeqVec's networks
- `finetuning`: PLUS's encoders on labelled proteins
- `homology`: PLUS's encoders on pairs of SCOPe domains
- `experiments`: what a configuration requests and where each result lies; no PyTorch
- `tables`: the papers' tables and the report
- `figures`: the papers' figures
"""

__version__ = "0.1.0"
