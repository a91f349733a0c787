# The papers' tables and numbers in the text, each as CSV (long form), Markdown and HTML (as
# printed).
TABLES = [
    *("seqvec_table1", "seqvec_table2", "seqvec_tableS1"),
    *("seqvec_timings", "seqvec_leakage", "seqvec_intext"),
    *(f"plus_table{number}" for number in range(1, 7)),
    "plus_intext",
    "agreement",
]


rule seqvec_tableS1:
    """SeqVec Table S1: how often each amino acid occurs in the corpora."""
    input:
        corpora=collect(
            "<results>/corpora/{corpus}/meta.json",
            corpus=STUDY.corpora(with_families=False),
        ),
    output:
        **printed("seqvec_tableS1", "SeqVec", "S1"),
    log:
        "<logs>/seqvec_tableS1.log",
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=scale_mem(2000),
        runtime="30m",
    script:
        "../workflow/scripts/make_table.py"


use rule seqvec_tableS1 as seqvec_table1 with:
    """SeqVec Table 1: secondary structure and disorder on CASP12, TS115, CB513."""
    input:
        scores=STUDY.heads.residue_files("scores"),
        comparisons="<results>/tables/seqvec_table1_comparisons.csv",
        datasets=STUDY.heads.table1_splits(),
        validation=STUDY.heads.table1_validation(),
        encoders=STUDY.heads.encoders("per_residue"),
    output:
        **printed("seqvec_table1", "SeqVec", "1"),
    log:
        "<logs>/seqvec_table1.log",
    params:
        per_residue=config["per_residue"],


use rule seqvec_tableS1 as seqvec_table2 with:
    """SeqVec Table 2: localization and membrane-bound proteins of DeepLoc."""
    input:
        scores=STUDY.heads.protein_files("scores.csv"),
        predictions=STUDY.heads.protein_files("seed{seed}/predictions.parquet"),
        train=STUDY.heads.protein_split("train"),
        test=STUDY.heads.protein_split("test"),
        encoders=STUDY.heads.encoders("per_protein"),
    output:
        **printed("seqvec_table2", "SeqVec", "2"),
        comparisons="<results>/tables/seqvec_table2_comparisons.csv",
    log:
        "<logs>/seqvec_table2.log",
    params:
        per_protein=STUDY.section("per_protein"),


use rule seqvec_tableS1 as seqvec_timings with:
    """SeqVec's paragraph on run times as a table, ours beside the paper's."""
    input:
        timings=STUDY.timings(),
        splits=[paths.split(name, "train") for name in STUDY.timed_sets().values()],
        encoders=STUDY.timed_encoder(),
        prediction=STUDY.prediction_timing(),
    output:
        **printed("seqvec_timings", "SeqVec", "timings"),
    log:
        "<logs>/seqvec_timings.log",
    params:
        sets=STUDY.timed_sets(),


use rule seqvec_tableS1 as seqvec_leakage with:
    """Test proteins that were in training, and the measures without them."""
    input:
        similarities=STUDY.heads.similarities(),
        tests=paths.tests(STUDY.heads.audited_sets().values()),
        training=STUDY.heads.audited_training_splits(),
        residue_predictions=STUDY.heads.audited_predictions(),
        protein_predictions=STUDY.heads.protein_files("seed{seed}/predictions.parquet"),
        encoders=STUDY.heads.encoders("per_residue", "per_protein"),
    output:
        **printed("seqvec_leakage", "SeqVec", "leakage"),
    log:
        "<logs>/seqvec_leakage.log",
    params:
        test_sets=list(STUDY.heads.audited_sets()),


use rule seqvec_tableS1 as seqvec_intext with:
    """Every number in SeqVec's text but the times of embeddings."""
    input:
        table1=rules.seqvec_table1.output.csv,
        table2=rules.seqvec_table2.output.csv,
        timings=rules.seqvec_timings.output.csv,
        corpora=collect(
            "<results>/corpora/{corpus}/meta.json", corpus=STUDY.section("corpora")
        ),
        encoder=STUDY.encoder_of_text(),
        measured=STUDY.measured_encoders(),
        splits=STUDY.heads.splits_of_text(),
        scope="<results>/scope/domains.parquet" if STUDY.visualisation else [],
        trainings=STUDY.heads.training_metrics(),
        figure_s4=STUDY.heads.figure_s4_of_text(),
        proteome=STUDY.proteome_timing(),
        prediction=STUDY.prediction_timing(),
        timed_encoder=STUDY.timed_encoder(),
    output:
        **printed("seqvec_intext", "SeqVec", "text"),
    log:
        "<logs>/seqvec_intext.log",
    params:
        reference=STUDY.heads.reference_s4(),
        simulated=STUDY.is_simulated,
        settings={
            name: config.get(name)
            for name in ("per_residue", "per_protein", "encoders", "visualisation")
        },


use rule seqvec_tableS1 as plus_table1 with:
    """PLUS Table 1: masked residues and same families predicted for test pairs."""
    input:
        results=collect(
            "<results>/plus/pairs/{encoder}.parquet", encoder=STUDY.encoders.tested
        ),
    output:
        **printed("plus_table1", "PLUS", "1"),
    log:
        "<logs>/plus_table1.log",
    params:
        encoders=config.get("encoders"),


use rule seqvec_tableS1 as plus_table2 with:
    """PLUS Table 2: all fine-tuned models on seven tasks, one number each."""
    input:
        **STUDY.tuned.shown("plus_table2"),
    output:
        **printed("plus_table2", "PLUS", "2"),
    log:
        "<logs>/plus_table2.log",
    params:
        rows=STUDY.tuned.rows("plus_table2"),


use rule seqvec_tableS1 as plus_table3 with:
    """PLUS Table 3: homology, by fine-tuned models and by alignments."""
    input:
        **STUDY.tuned.shown("plus_table3"),
        **STUDY.tuned.compared_pairs(),
    output:
        **printed("plus_table3", "PLUS", "3"),
    log:
        "<logs>/plus_table3.log",
    resources:
        mem_mb=scale_mem(4000),
        runtime="30m",
    params:
        rows=STUDY.tuned.rows("plus_table3"),


use rule seqvec_tableS1 as plus_table4 with:
    """PLUS Table 4: secondary structure in eight states."""
    input:
        **STUDY.tuned.shown("plus_table4"),
    output:
        **printed("plus_table4", "PLUS", "4"),
    log:
        "<logs>/plus_table4.log",
    params:
        rows=STUDY.tuned.rows("plus_table4"),


use rule seqvec_tableS1 as plus_table5 with:
    """PLUS Table 5: homology by the losses of pre-training."""
    input:
        **STUDY.tuned.shown("plus_table5"),
        **STUDY.tuned.compared_ablations("plus_table5"),
    output:
        **printed("plus_table5", "PLUS", "5"),
    log:
        "<logs>/plus_table5.log",
    params:
        rows=STUDY.tuned.rows("plus_table5"),


use rule seqvec_tableS1 as plus_table6 with:
    """PLUS Table 6: homology by the losses of fine-tuning."""
    input:
        **STUDY.tuned.shown("plus_table6"),
        **STUDY.tuned.compared_ablations("plus_table6"),
    output:
        **printed("plus_table6", "PLUS", "6"),
    log:
        "<logs>/plus_table6.log",
    params:
        rows=STUDY.tuned.rows("plus_table6"),


use rule seqvec_tableS1 as plus_intext with:
    """Every number in PLUS's text."""
    input:
        table2=rules.plus_table2.output.csv,
        table3=rules.plus_table3.output.csv,
        corpus=(
            paths.family_corpus(STUDY.encoders.corpus) if STUDY.encoders.tested else []
        ),
        encoders=paths.descriptions(STUDY.encoders.models),
        test_pairs="<results>/plus/test_pairs.parquet" if STUDY.encoders.tested else [],
        development=paths.pairs("development") if STUDY.tuned.pair_sets else [],
        figure4="<results>/figures/plus_fig4.csv" if ALIGNING_MODEL else [],
    output:
        **printed("plus_intext", "PLUS", "text"),
    log:
        "<logs>/plus_intext.log",
    params:
        encoders=config.get("encoders"),
        simulated=STUDY.is_simulated,


use rule seqvec_tableS1 as agreement with:
    """How all numbers agree: cells by table, and a sign test by column."""
    input:
        tables=collect(
            "<results>/tables/{table}.csv",
            table=[
                one for one in TABLES if one not in ("seqvec_leakage", "agreement")
            ],
        ),
    output:
        **printed("agreement", "both", "agreement"),
    log:
        "<logs>/agreement.log",


rule tables:
    """All tables of both papers."""
    input:
        collect(
            "<results>/tables/{table}.{ending}",
            table=TABLES,
            ending=["csv", "md", "html"],
        ),
