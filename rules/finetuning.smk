# PLUS's models on tasks: fine-tuned, applied to the test sets and scored, each by itself.
# Runs are no output (see encoders.smk); models that are lost are copied from them.
rule finetune_homology:
    """Fine-tune one model on pairs of SCOPe's domains, and predict levels of others."""
    input:
        train="<results>/homology/train.parquet",
        pairs=collect(
            "<results>/homology/pairs/{name}.parquet", name=STUDY.tuned.pair_sets
        ),
        encoder=lambda wildcards: STUDY.tuned.encoder(wildcards.model),
        contacts=lambda wildcards: STUDY.tuned.contacts(wildcards.model),
        vectors=lambda wildcards: STUDY.tuned.homology_vectors(wildcards.model),
        trained=lambda wildcards: STUDY.tuned.trained_before(wildcards.model),
    output:
        collect(
            "<results>/plus/finetuned/{{model}}/homology/{file}",
            file=["config.json", "model.safetensors", "metrics.jsonl", "scores.csv"],
        ),
        collect(
            "<results>/plus/finetuned/{{model}}/homology/predictions/{name}.parquet",
            name=STUDY.tuned.pair_sets,
        ),
        further=directory("<results>/plus/finetuned/{model}/homology/further"),
        facts="<results>/plus/finetuned/{model}/homology/facts.json",
        job=["<results>/plus/finetuned/{model}/homology/job.json"],
    log:
        "<logs>/finetune_homology/{model}.log",
    benchmark:
        "<benchmarks>/finetune_homology/{model}.tsv"
    wildcard_constraints:
        model=one_of(model.name for model in STUDY.finetuning.models_on("homology")),
    conda:
        "../envs/torch.yaml"
    threads: lambda wildcards: STUDY.finetuning.models[wildcards.model].threads
    resources:
        mem_mb=scale_mem(8000),
        runtime="48h",
    params:
        launcher=launcher,
        jobs=lambda wildcards, input, output: [
            STUDY.tuned.homology_job(wildcards.model, input, output.facts, RUN)
        ],
    script:
        "../workflow/scripts/finetune.py"


rule finetune_task:
    """Fine-tune one model on a task of single proteins, predict and score test sets."""
    input:
        train=lambda wildcards: STUDY.tuned.splits(learned(wildcards), "train"),
        validation=lambda wildcards: STUDY.tuned.splits(
            learned(wildcards), "validation"
        ),
        tests=lambda wildcards: STUDY.tuned.tests(learned(wildcards)),
        encoder=lambda wildcards: STUDY.tuned.encoder(wildcards.model),
        homology_model=lambda wildcards: STUDY.tuned.homology_model(wildcards.model),
        vectors=lambda wildcards: STUDY.tuned.vectors(
            wildcards.model, learned(wildcards)
        ),
        profiles=lambda wildcards: STUDY.tuned.profiles(
            wildcards.model, learned(wildcards)
        ),
    output:
        scores=["<results>/plus/finetuned/{model}/{task}/scores.csv"],
        facts=["<results>/plus/finetuned/{model}/{task}/facts.json"],
        job=["<results>/plus/finetuned/{model}/{task}/job.json"],
        models=directory("<results>/plus/finetuned/{model}/{task}/models"),
        predictions=directory("<results>/plus/finetuned/{model}/{task}/predictions"),
    log:
        "<logs>/finetune_task/{model}/{task}.log",
    benchmark:
        "<benchmarks>/finetune_task/{model}/{task}.tsv"
    wildcard_constraints:
        task=one_of(task for task in STUDY.finetuning.tasks if task not in TOGETHER),
        model=one_of(STUDY.finetuning.models),
    conda:
        "../envs/torch.yaml"
    threads: lambda wildcards: STUDY.finetuning.models[wildcards.model].threads
    resources:
        mem_mb=scale_mem(8000),
        runtime="48h",
    params:
        launcher=launcher,
        jobs=task_jobs,
    script:
        "../workflow/scripts/finetune.py"


if TOGETHER:

    use rule finetune_task as finetune_tasks with:
        """Fine-tune one small model on several tasks: to start takes longer than to learn."""
        output:
            scores=of_each("scores.csv"),
            facts=of_each("facts.json"),
            job=of_each("job.json"),
            models=directory(of_each("models")),
            predictions=directory(of_each("predictions")),
        log:
            "<logs>/finetune_tasks/{model}.log",
        benchmark:
            "<benchmarks>/finetune_tasks/{model}.tsv"
        wildcard_constraints:
            model=one_of(STUDY.finetuning.models),
        params:
            launcher="python",
            jobs=task_jobs,
