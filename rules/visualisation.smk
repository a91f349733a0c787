# SeqVec's Figures 2 and 3: annotations, projections, drawings.
if VISUALISATION:

    rule annotate_scope:
        """Tell the class, enzyme and kingdom of SCOPe's domains."""
        input:
            unpack(scope_files),
        output:
            domains="<results>/scope/domains.parquet",
            profiles="<results>/scope/domains.profiles.h5",
            annotations="<results>/scope/annotations.csv",
            counts="<results>/scope/counts.csv",
        log:
            "<logs>/annotate_scope.log",
        benchmark:
            "<benchmarks>/annotate_scope.tsv"
        conda:
            "../envs/base.yaml"
        resources:
            mem_mb=scale_mem(1500),
            runtime="10m",
        params:
            source=VISUALISATION.scope_source,
            sources=config["sources"],
            simulated="simulation" in config,
        script:
            "../workflow/scripts/annotate_scope.py"

    use rule embed_residues as embed_domains with:
        """Embed SCOPe's domains, one mean per domain."""
        input:
            splits=[rules.annotate_scope.output.domains],
            encoder=encoder_pair,
        output:
            "<results>/scope/{encoder}.h5",
        log:
            "<logs>/embed_domains/{encoder}.log",
        benchmark:
            "<benchmarks>/embed_domains/{encoder}.tsv"
        params:
            embedder=EMBEDDER,
            kept={**KEPT, "pooling": "protein"},
            unfinished=unfinished_domains,

    rule embed_amino_acids:
        """Vectors of the 20 amino acids that do not depend on any context."""
        input:
            encoder=encoder_pair,
        output:
            "<results>/amino_acids/{encoder}.h5",
        log:
            "<logs>/embed_amino_acids/{encoder}.log",
        conda:
            "../envs/torch.yaml"
        resources:
            mem_mb=scale_mem(4000),
            runtime="30m",
        params:
            embedder=EMBEDDER,
            unfinished=unfinished_amino_acids,
        script:
            "../workflow/scripts/embed_amino_acids.py"

    rule project:
        """Project vectors on a plane (t-SNE)."""
        input:
            unpack(projected),
        output:
            "<results>/projections/{projection}.csv",
        log:
            "<logs>/project/{projection}.log",
        benchmark:
            "<benchmarks>/project/{projection}.tsv"
        wildcard_constraints:
            projection=one_of(PERPLEXITIES),
        conda:
            "../envs/tsne.yaml"
        threads: TSNE.get("threads", 1)
        resources:
            mem_mb=scale_mem(3000),
            runtime="2h",
        params:
            settings=projection_settings,
        script:
            "../workflow/scripts/project_tsne.py"

    rule seqvec_fig2:
        """SeqVec Figure 2: DeepLoc's proteins by location and membrane."""
        input:
            raw="<results>/projections/raw.csv",
            hidden="<results>/projections/hidden.csv",
            proteins=per_protein_split("test"),
        output:
            svg=report(
                "<results>/figures/seqvec_fig2.svg",
                caption="../workflow/report/seqvec_fig2.rst",
                category="Figures",
                labels={"paper": "SeqVec", "figure": "2"},
            ),
            png="<results>/figures/seqvec_fig2.png",
            csv="<results>/figures/seqvec_fig2.csv",
        log:
            "<logs>/seqvec_fig2.log",
        conda:
            "../envs/base.yaml"
        resources:
            mem_mb=scale_mem(1000),
            runtime="10m",
        params:
            encoder=VISUALISATION.encoder,
            network=VISUALISATION.network,
            simulated="simulation" in config,
        script:
            "../workflow/scripts/draw_figure.py"

    rule seqvec_fig3:
        """SeqVec Figure 3: amino acids, and SCOPe's domains by class, enzyme and kingdom."""
        input:
            amino_acids="<results>/projections/amino_acids.csv",
            domains="<results>/projections/domains.csv",
            annotations=rules.annotate_scope.output.annotations,
        output:
            svg=report(
                "<results>/figures/seqvec_fig3.svg",
                caption="../workflow/report/seqvec_fig3.rst",
                category="Figures",
                labels={"paper": "SeqVec", "figure": "3"},
            ),
            png="<results>/figures/seqvec_fig3.png",
            csv="<results>/figures/seqvec_fig3.csv",
        log:
            "<logs>/seqvec_fig3.log",
        conda:
            "../envs/base.yaml"
        resources:
            mem_mb=scale_mem(1000),
            runtime="10m",
        params:
            encoder=VISUALISATION.encoder,
            simulated="simulation" in config,
        script:
            "../workflow/scripts/draw_figure.py"
