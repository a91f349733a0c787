# Unlabelled proteins as token stores, which language models are pre-trained on.
rule build_corpus:
    """Tokenise the FASTA files of one corpus, and compare it with the test sets."""
    input:
        data=corpus_files,
        tests=corpus_test_splits,
    output:
        meta="<results>/corpora/{corpus}/meta.json",
        tokens="<results>/corpora/{corpus}/tokens.bin",
        offsets="<results>/corpora/{corpus}/offsets.npy",
        ids="<results>/corpora/{corpus}/ids.txt",
        id_offsets="<results>/corpora/{corpus}/id_offsets.npy",
        sequence_hashes="<results>/corpora/{corpus}/sequence_hashes.npy",
        held_out="<results>/corpora/{corpus}/held_out.npy",
        overlaps="<results>/corpora/{corpus}/overlaps.csv",
    log:
        "<logs>/build_corpus/{corpus}.log",
    benchmark:
        "<benchmarks>/build_corpus/{corpus}.tsv"
    wildcard_constraints:
        corpus=one_of(PROTEIN_CORPORA),
    # The longest chain of jobs begins here: pre-training, embedding, networks.
    priority: 1
    conda:
        "../envs/base.yaml"
    threads: 2
    resources:
        mem_mb=scale_mem(4000),
        runtime="4h",
    params:
        settings=corpus_settings,
        sources=config["sources"],
    script:
        "../workflow/scripts/build_corpus.py"


use rule build_corpus as build_family_corpus with:
    """Tokenise the domains of one corpus, family by family."""
    output:
        **rules.build_corpus.output,
        families="<results>/corpora/{corpus}/families.npy",
        family_names="<results>/corpora/{corpus}/families.csv",
    log:
        "<logs>/build_family_corpus/{corpus}.log",
    benchmark:
        "<benchmarks>/build_family_corpus/{corpus}.tsv"
    wildcard_constraints:
        corpus=one_of(FAMILY_CORPORA),


rule seqvec_tableS1:
    """SeqVec Table S1: how often each amino acid occurs in the corpora."""
    input:
        corpora=collect(
            "<results>/corpora/{corpus}/meta.json",
            corpus=PROTEIN_CORPORA,
        ),
    output:
        csv="<results>/tables/seqvec_tableS1.csv",
        md="<results>/tables/seqvec_tableS1.md",
        html=report(
            "<results>/tables/seqvec_tableS1.html",
            caption="../workflow/report/seqvec_tableS1.rst",
            category="Tables",
            labels={"paper": "SeqVec", "table": "S1"},
        ),
    log:
        "<logs>/seqvec_tableS1.log",
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=scale_mem(1000),
        runtime="10m",
    script:
        "../workflow/scripts/make_table.py"
