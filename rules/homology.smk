# The homology task: pairs of SCOPe's domains, and alignments that need no training.
HOMOLOGY = STUDY.finetuning.homology
ALIGNING_MODEL = STUDY.tuned.aligning_model

if HOMOLOGY:

    rule build_homology:
        """Split SCOPe's domains, draw or list the pairs to test on, gather contact maps."""
        input:
            **STUDY.tuned.homology_files(),
        output:
            train="<results>/homology/train.parquet",
            development="<results>/homology/development.parquet",
            test="<results>/homology/test.parquet",
            newer="<results>/homology/newer.parquet" if HOMOLOGY.has_newer else [],
            development_pairs="<results>/homology/pairs/development.parquet",
            test_pairs="<results>/homology/pairs/test.parquet",
            newer_pairs=(
                "<results>/homology/pairs/newer.parquet" if HOMOLOGY.has_newer else []
            ),
            contacts="<results>/homology/contacts.h5" if HOMOLOGY.has_contacts else [],
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
            settings=HOMOLOGY.building,
            sources=STUDY.tuned.homology_entries(),
            simulated=STUDY.is_simulated,
        script:
            "../workflow/scripts/build_homology.py"

    rule align_pairs:
        """Score all pairs with one alignment, a baseline."""
        input:
            **{name: paths.pairs(name) for name in HOMOLOGY.sets},
        output:
            development="<results>/homology/alignments/{alignment}/development.parquet",
            test="<results>/homology/alignments/{alignment}/test.parquet",
            newer=(
                "<results>/homology/alignments/{alignment}/newer.parquet"
                if HOMOLOGY.has_newer
                else []
            ),
            scores="<results>/homology/alignments/{alignment}/scores.csv",
            facts="<results>/homology/alignments/{alignment}/facts.json",
        log:
            "<logs>/align_pairs/{alignment}.log",
        benchmark:
            "<benchmarks>/align_pairs/{alignment}.tsv"
        wildcard_constraints:
            alignment=one_of(HOMOLOGY.alignments),
        conda:
            "../envs/torch.yaml"
        threads: HOMOLOGY.settings.get("threads", 1)
        resources:
            mem_mb=scale_mem(4000),
            runtime="12h",
        script:
            "../workflow/scripts/align_pairs.py"


if ALIGNING_MODEL:

    rule choose_example_pairs:
        """Choose the three pairs of domains that Figure 4 shows."""
        input:
            pairs=paths.pairs("test"),
        output:
            pairs="<results>/homology/example_pairs.parquet",
        log:
            "<logs>/choose_example_pairs.log",
        conda:
            "../envs/base.yaml"
        threads: HOMOLOGY.settings.get("threads", 1)
        resources:
            mem_mb=scale_mem(2000),
            runtime="30m",
        script:
            "../workflow/scripts/choose_example_pairs.py"

    rule align_example_pairs:
        """Align the pairs of Figure 4 with the fine-tuned PLUS-RNN."""
        input:
            pairs=rules.choose_example_pairs.output.pairs,
            model=paths.finetuned(ALIGNING_MODEL.name, "homology", "model.safetensors"),
            config=paths.finetuned(ALIGNING_MODEL.name, "homology", "config.json"),
        output:
            weights="<results>/homology/example_weights.npz",
        log:
            "<logs>/align_example_pairs.log",
        conda:
            "../envs/torch.yaml"
        resources:
            mem_mb=scale_mem(4000),
            runtime="30m",
        script:
            "../workflow/scripts/align_example_pairs.py"
