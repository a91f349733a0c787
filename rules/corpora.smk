# Unlabelled proteins as token stores, which language models are pre-trained on.
rule build_corpus:
    """Tokenise the FASTA files of one corpus, perhaps without test proteins."""
    input:
        data=lambda wildcards: STUDY.corpus_files(wildcards.corpus),
        tests=lambda wildcards: STUDY.tests_left_out(wildcards.corpus),
    output:
        meta="<results>/corpora/{corpus}/meta.json",
        tokens="<results>/corpora/{corpus}/tokens.bin",
        offsets="<results>/corpora/{corpus}/offsets.npy",
        ids="<results>/corpora/{corpus}/ids.txt",
        id_offsets="<results>/corpora/{corpus}/id_offsets.npy",
        sequence_hashes="<results>/corpora/{corpus}/sequence_hashes.npy",
        held_out="<results>/corpora/{corpus}/held_out.npy",
    log:
        "<logs>/build_corpus/{corpus}.log",
    benchmark:
        "<benchmarks>/build_corpus/{corpus}.tsv"
    wildcard_constraints:
        corpus=one_of(STUDY.corpora(with_families=False)),
    # The longest chain of jobs begins here: pre-training, embedding, networks.
    priority: 1
    conda:
        "../envs/base.yaml"
    threads: 2
    resources:
        mem_mb=scale_mem(4000),
        runtime="4h",
    params:
        settings=lookup(dpath="corpora/{corpus}", within=config),
        sources=lambda wildcards: STUDY.corpus_sources(wildcards.corpus),
        simulated=STUDY.is_simulated,
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
        corpus=one_of(STUDY.corpora(with_families=True)),


rule list_overlaps:
    """List the proteins of a corpus that have the sequence of a test protein."""
    input:
        corpus=lambda wildcards: paths.named_corpus(wildcards.corpus),
        tests=paths.tests(STUDY.heads.test_sets),
    output:
        overlaps="<results>/corpora/{corpus}/overlaps.csv",
    log:
        "<logs>/list_overlaps/{corpus}.log",
    wildcard_constraints:
        corpus=one_of(STUDY.corpora_with_test_proteins()),
    conda:
        "../envs/base.yaml"
    resources:
        mem_mb=scale_mem(2000),
        runtime="1h",
    script:
        "../workflow/scripts/list_overlaps.py"
