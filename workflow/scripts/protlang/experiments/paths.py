"""Where results lie: every path below `results/<run>/` that rules share.

Paths are texts in which Snakemake replaces `<results>` and `<downloads>`. Names may be
wildcards in braces, so that a rule's output and another rule's input agree by
construction.
"""

from collections.abc import Iterable, Sequence

from protlang.corpora.token_store import FAMILY_FILES
from protlang.encoders.folder import OWN_FILES
from protlang.sources.catalogue import Source

RESULTS, DOWNLOADS = "<results>", "<downloads>"

_STORE = ("meta.json", "tokens.bin", "offsets.npy", "held_out.npy")
_NAMES = ("ids.txt", "id_offsets.npy", "sequence_hashes.npy")


def download(source: Source, role: str = "data") -> str:
    """A file of a source."""
    return f"{DOWNLOADS}/{source.name}/{source.file(role).name}"


def downloads(source: Source) -> dict[str, str]:
    """All files of a source by role."""
    return {role: download(source, role) for role in source.files}


def split(dataset: str, name: str) -> str:
    """A split of a data set: `train`, `validation` or `test`."""
    return f"{RESULTS}/datasets/{dataset}/{name}.parquet"


def profiles(dataset: str, name: str) -> str:
    """Profiles of a split of a data set."""
    return f"{RESULTS}/datasets/{dataset}/{name}.profiles.h5"


def tests(datasets: Iterable[str]) -> list[str]:
    """Test splits of data sets."""
    return [split(dataset, "test") for dataset in datasets]


def corpus(name: str) -> list[str]:
    """Files of a token store that trainings read; `meta.json` is the first."""
    return [f"{RESULTS}/corpora/{name}/{file}" for file in _STORE]


def named_corpus(name: str) -> list[str]:
    """Files of a token store with its proteins' ids and hashes of sequences."""
    return corpus(name) + [f"{RESULTS}/corpora/{name}/{file}" for file in _NAMES]


def family_corpus(name: str) -> list[str]:
    """Files of a token store of domains by family."""
    own = [f"{RESULTS}/corpora/{name}/{file}" for file in FAMILY_FILES]
    return named_corpus(name) + own


def encoder(name: str, files: Sequence[str] = OWN_FILES) -> list[str]:
    """Files of an encoder; description and weights unless others are named."""
    return [f"{RESULTS}/encoders/{name}/{file}" for file in files]


def descriptions(encoders: Iterable[str]) -> list[str]:
    """Descriptions of encoders."""
    return [path for name in encoders for path in encoder(name, ["config.json"])]


def embeddings(encoder: str, dataset: str, split: str, level: str) -> str:
    """Vectors of a split by an encoder: of each `residue`, or one per `protein`."""
    return f"{RESULTS}/embeddings/{encoder}/{dataset}/{split}.{level}.h5"


def head(section: str, predictor: str, dataset: str, file: str) -> str:
    """A file of a per-residue or per-protein predictor trained on a data set."""
    return f"{RESULTS}/{section}/{predictor}/{dataset}/{file}"


def finetuned(model: str, task: str, file: str) -> str:
    """A file of a model that is fine-tuned on a task."""
    return f"{RESULTS}/plus/finetuned/{model}/{task}/{file}"


def homology(file: str) -> str:
    """A file of the domains and pairs of the homology task."""
    return f"{RESULTS}/homology/{file}"


def pairs(name: str) -> str:
    """A set of pairs of the homology task."""
    return homology(f"pairs/{name}.parquet")


def alignment(method: str, file: str) -> str:
    """A file of a method that aligns the pairs of the homology task."""
    return homology(f"alignments/{method}/{file}")


def leakage(kind: str, reference: str) -> str:
    """Test proteins that one of the `corpora` or `training_sets` holds, too."""
    return f"{RESULTS}/leakage/{kind}/{reference}.csv"
