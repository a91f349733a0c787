# The homology task: pairs of SCOPe's domains, and alignments that need no training.
if FINETUNING.homology:

    rule build_homology:
        """Split SCOPe's domains, draw the pairs to test on, and gather contact maps."""
        input:
            unpack(homology_data_files),
        output:
            train="<results>/homology/train.parquet",
            development="<results>/homology/development.parquet",
            test="<results>/homology/test.parquet",
            newer=if_newer("<results>/homology/newer.parquet"),
            development_pairs="<results>/homology/pairs/development.parquet",
            test_pairs="<results>/homology/pairs/test.parquet",
            newer_pairs=if_newer("<results>/homology/pairs/newer.parquet"),
            contacts=if_contacts("<results>/homology/contacts.h5"),
        log:
            "<logs>/build_homology.log",
        benchmark:
            "<benchmarks>/build_homology.tsv"
        conda:
            "../envs/base.yaml"
        resources:
            mem_mb=scale_mem(4000),
            runtime="2h",
        params:
            settings=homology_data_settings,
            sources=config["sources"],
            simulated="simulation" in config,
        script:
            "../workflow/scripts/build_homology.py"

    rule align_pairs:
        """Score all pairs with one alignment, a baseline."""
        input:
            unpack(homology_pairs),
        output:
            development="<results>/homology/alignments/{alignment}/development.parquet",
            test="<results>/homology/alignments/{alignment}/test.parquet",
            newer=if_newer("<results>/homology/alignments/{alignment}/newer.parquet"),
            scores="<results>/homology/alignments/{alignment}/scores.csv",
            facts="<results>/homology/alignments/{alignment}/facts.json",
        log:
            "<logs>/align_pairs/{alignment}.log",
        benchmark:
            "<benchmarks>/align_pairs/{alignment}.tsv"
        wildcard_constraints:
            alignment=one_of(FINETUNING.homology.alignments),
        conda:
            "../envs/torch.yaml"
        threads: FINETUNING.homology.settings.get("threads", 1)
        resources:
            mem_mb=scale_mem(4000),
            runtime="12h",
        script:
            "../workflow/scripts/align_pairs.py"
