//! `newstance eval`: the figures that a model gets on gold data.

use std::io::{self, StdoutLock, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use serde::Serialize;

use super::LoadTorch;
use super::options::{ActorArgs, Loaded, ModelArgs};
use super::table::counted;
use super::terminal::shown;
use crate::actors::{Catalogue, Recognizer};
use crate::eval::{
    ClassFigures, Clustered, Evaluation, EvaluationIntervals, GoldTarget, Interval, Mean, NameSwap,
    Predictions, Prior, ReferenceFigures, VoiceFigures, measure_sentences, read_gold,
    read_gold_sentences, read_names, read_pairs, read_references, read_sentences, read_sheet,
    read_voices,
};
use crate::model::{Answer, Label, ModelDirectory, Question, Usage};
use crate::pipeline::Stages;

/// Score gold data in NewsMTSC format: macro F1, accuracy, F1 by label, ECE, each with its 95 % interval over
/// sentences, confusion, speed.
///
/// Or, with --challenge, score pairs of sentences that differ in what is said of whom. Or, with --swap and
/// --names, score neutral sentences about one name after the other, to see whether the model treats names
/// alike.
#[derive(clap::Args)]
pub struct Args {
    /// NewsMTSC files (.jsonl), or coding sheets (.csv) that `newstance sample` wrote and people filled in.
    #[arg(value_name = "GOLD", required_unless_present_any = ["swap", "challenge", "voices", "references", "sentences"])]
    gold: Vec<PathBuf>,
    /// Pairs of sentences (.csv), such as tests/challenge/build.csv: prints accuracy by class, and how often
    /// both of a pair are right.
    #[arg(long, value_name = "PAIRS", conflicts_with_all = ["gold", "swap", "predictions"])]
    challenge: Option<PathBuf>,
    /// The convention of labelling that the model answers in, of those in its newstance.json, such as
    /// newsmtsc; by default its own.
    #[arg(long, value_name = "NAME")]
    convention: Option<String>,
    /// The shares of negative, neutral and positive in your texts, as in 0.2,0.7,0.1: answers are adjusted
    /// from the mix that the model was calibrated on.
    #[arg(long, value_name = "SHARES", value_parser = prior, conflicts_with = "swap")]
    prior: Option<Prior>,
    /// Attributions (.jsonl) in PolNeAR's form: prints how the speakers of mentions compare with them. No model is
    /// loaded.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["gold", "swap", "challenge", "prior", "convention"])]
    voices: Option<PathBuf>,
    /// References to actors (.jsonl), such as tests/gold/build.jsonl: prints how many of each kind are found and how many of
    /// their speakers are right. No model is loaded.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["gold", "swap", "challenge", "prior", "convention", "voices"])]
    references: Option<PathBuf>,
    /// Texts with their sentences (.jsonl): prints precision, recall and F1 of where sentences end, by genre. No model is
    /// loaded.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["gold", "swap", "challenge", "prior", "convention", "voices", "references"])]
    sentences: Option<PathBuf>,
    #[command(flatten)]
    actors: ActorArgs,
    /// Sentences, one a line, with {actor} where a name belongs, such as actors/neutral.txt.
    #[arg(
        long,
        value_name = "SENTENCES",
        requires = "names",
        conflicts_with = "gold"
    )]
    swap: Option<PathBuf>,
    /// Names (.csv) to put there: a column `name`, and others for groups, such as actors/names.csv.
    #[arg(long, value_name = "NAMES", requires = "swap")]
    names: Option<PathBuf>,
    /// Also write each target with its label and the model's to this file (.csv).
    #[arg(long, value_name = "FILE", conflicts_with = "swap")]
    predictions: Option<PathBuf>,
    /// One JSON object for all files together.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub model: ModelArgs,
}

/// The JSON object.
#[derive(Serialize)]
struct Figures {
    #[serde(flatten)]
    evaluation: Evaluation,
    /// 95 % intervals over sentences.
    intervals: Option<EvaluationIntervals>,
    /// Targets scored in a second: each is a sentence through the encoder.
    sentences_per_second: f64,
    /// The same without tokenizing, as engines are compared that are given tokens.
    encoded_per_second: f64,
}

pub fn run(args: &Args, torch: Option<LoadTorch>) -> anyhow::Result<()> {
    if let Some(file) = &args.voices {
        return voices(args, file);
    }
    if let Some(file) = &args.references {
        return references(args, file);
    }
    if let Some(file) = &args.sentences {
        return sentences(args, file);
    }
    let Loaded {
        scorer,
        pool,
        models,
    } = args.model.load_for(args.convention.as_deref(), torch)?;
    let stages = Stages::new(Catalogue::default(), scorer);
    let adjust = adjustment(args.prior, &models.first)?;
    if let Some(file) = &args.challenge {
        let pairs = read_pairs(file)?;
        let targets = pairs.iter().flat_map(|pair| &pair.targets);
        let questions: Vec<Question> = targets.map(GoldTarget::question).collect();
        let answers = pool.install(|| stages.answer(&questions))?;
        let answers: Vec<Answer> = answers.into_iter().map(adjust).collect();
        let figures = ClassFigures::measure(&pairs, &answers);
        return print_challenge(&mut io::stdout().lock(), &figures, args.json);
    }
    if let (Some(sentences), Some(names)) = (&args.swap, &args.names) {
        let (sentences, names) = (read_sentences(sentences)?, read_names(names)?);
        let swap = pool.install(|| NameSwap::measure(&stages, &sentences, &names))?;
        return print_swap(&mut io::stdout().lock(), &swap, args.json);
    }
    let predictions = args.predictions.as_deref().map(Predictions::create);
    let mut predictions = predictions.transpose()?;
    let mut golds: Vec<Vec<GoldTarget>> = Vec::with_capacity(args.gold.len());
    for file in &args.gold {
        if !is_sheet(file) {
            golds.push(read_gold(file)?);
            continue;
        }
        let sheet = read_sheet(file)?;
        if !args.json {
            let (left, wrong) = (sheet.unlabelled as u64, sheet.not_the_actor as u64);
            let name = shown(&file.display().to_string());
            println!(
                "{name}: {} without a label, {wrong} not of the actor",
                counted(left, "row")
            );
        }
        golds.push(sheet.targets);
    }
    let mut all: Vec<Clustered<(Label, Answer)>> = Vec::new();
    let mut out = io::stdout().lock();
    for (file, gold) in args.gold.iter().zip(&golds) {
        let questions: Vec<Question> = gold.iter().map(|target| target.question()).collect();
        let before = stages.scorer().usage();
        let answers = pool.install(|| stages.answer(&questions))?;
        let pairs: Vec<_> = gold
            .iter()
            .zip(answers.into_iter().map(&adjust))
            .map(|(target, answer)| Clustered {
                cluster: &target.sentence,
                value: (target.label, answer),
            })
            .collect();
        let name = file.display().to_string();
        if let Some(predictions) = &mut predictions {
            for (target, pair) in gold.iter().zip(&pairs) {
                predictions.write(&name, target, &pair.value.1)?;
            }
        }
        if !args.json {
            let figures = figures(&pairs, before, stages.scorer().usage());
            print(&mut out, &name, &figures)?;
            if is_sheet(file) {
                print_differences(&mut out, gold, &pairs)?;
            }
        }
        all.extend(pairs);
    }
    if let Some(predictions) = predictions {
        predictions.finish()?;
    }
    let together = figures(&all, Usage::default(), stages.scorer().usage());
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&together)?)?;
    } else if args.gold.len() > 1 {
        print(&mut out, "all files", &together)?;
    }
    out.flush()?;
    Ok(())
}

/// Whether a file is a coding sheet.
fn is_sheet(file: &Path) -> bool {
    file.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
}

/// Differences that are printed, those first that the model is surest of.
const MOST_DIFFERENCES: usize = 20;

/// Where the model differs from the people who labelled.
fn print_differences(
    out: &mut impl Write,
    gold: &[GoldTarget],
    pairs: &[Clustered<(Label, Answer)>],
) -> anyhow::Result<()> {
    let answers = gold.iter().zip(pairs.iter().map(|pair| &pair.value.1));
    let mut differing: Vec<(&GoldTarget, &Answer)> = answers
        .filter(|(target, answer)| answer.label() != target.label)
        .collect();
    let surest = |answer: &Answer| answer.probabilities.into_iter().fold(0.0, f32::max);
    differing.sort_by(|(_, a), (_, b)| surest(b).total_cmp(&surest(a)));
    for (target, answer) in differing.iter().take(MOST_DIFFERENCES) {
        writeln!(
            out,
            "  you {:<8}  model {:<8} {:.2}  {}[{}]{}",
            target.label.name(),
            answer.label().name(),
            surest(answer),
            shown(&target.sentence[..target.bytes.start]),
            shown(&target.sentence[target.bytes.clone()]),
            shown(&target.sentence[target.bytes.end..]),
        )?;
    }
    Ok(())
}

/// Shares as in 0.2,0.7,0.1.
fn prior(text: &str) -> Result<Prior, String> {
    let shares: Vec<f64> = text
        .split(',')
        .map(|share| {
            share
                .trim()
                .parse()
                .map_err(|_| format!("{share:?} is no share"))
        })
        .collect::<Result<_, _>>()?;
    let shares: [f64; 3] = shares
        .try_into()
        .map_err(|_| "give three shares: negative, neutral and positive".to_owned())?;
    Prior::new(shares).ok_or_else(|| "a share is not above 0".to_owned())
}

/// What is done with each answer.
fn adjustment(
    to: Option<Prior>,
    directory: &ModelDirectory,
) -> anyhow::Result<impl Fn(Answer) -> Answer> {
    let from = || {
        let share = |label| directory.prior().get(&label).copied();
        let shares = Label::ALL.map(|label| share(label).unwrap_or_default());
        Prior::new(shares).with_context(|| {
            let name = directory.name();
            format!("{name}: the model does not say the mix of labels it was calibrated on; leave --prior out, or write \"prior\" in its newstance.json")
        })
    };
    let mixes = to.map(|to| from().map(|from| (from, to))).transpose()?;
    Ok(move |answer: Answer| match &mixes {
        Some((from, to)) => from.adjust(&answer, to),
        None => answer,
    })
}

/// How mentions compare with gold references.
fn references(args: &Args, file: &Path) -> anyhow::Result<()> {
    let recognizer = Recognizer::new(args.actors.catalogue()?);
    let (figures, mistakes) = ReferenceFigures::measure(&recognizer, &read_references(file)?);
    let Some(mut out) = written(args, &figures, &mistakes)? else {
        return Ok(());
    };
    let percent = |share: f64| 100.0 * share;
    writeln!(
        out,
        "kind                     gold  mentions  precision  recall     F1"
    )?;
    for (name, found) in &figures.kinds {
        writeln!(
            out,
            "{name:<23}  {:>4}  {:>8}  {:>9.1}  {:>6.1}  {:>5.1}",
            found.gold,
            found.mentions,
            percent(found.precision()),
            percent(found.recall()),
            percent(found.f1())
        )?;
    }
    writeln!(
        out,
        "\nvoice, of what is found  gold  voiced %  named  right %"
    )?;
    let share = |part: u64, all: u64| 100.0 * part as f64 / all.max(1) as f64;
    for (name, voices) in &figures.voices {
        writeln!(
            out,
            "{name:<23}  {:>4}  {:>8.1}  {:>5}  {:>7.1}",
            voices.gold,
            share(voices.voiced, voices.gold),
            voices.named,
            share(voices.right, voices.named)
        )?;
    }
    Ok(out.flush()?)
}

/// How sentences compare with gold.
fn sentences(args: &Args, file: &Path) -> anyhow::Result<()> {
    let (figures, mistakes) = measure_sentences(&read_gold_sentences(file)?);
    let Some(mut out) = written(args, &figures, &mistakes)? else {
        return Ok(());
    };
    writeln!(out, "genre        gold  found  precision  recall     F1")?;
    for (genre, it) in &figures {
        writeln!(
            out,
            "{genre:<10}  {:>5}  {:>5}  {:>9.1}  {:>6.1}  {:>5.1}",
            it.gold,
            it.found,
            100.0 * it.precision(),
            100.0 * it.recall(),
            100.0 * it.f1()
        )?;
    }
    Ok(out.flush()?)
}

/// Writes mistakes and figures as they are asked for, and gives where a table of the figures goes if they are not to be
/// one JSON object.
fn written(
    args: &Args,
    figures: &impl Serialize,
    mistakes: &[impl Serialize],
) -> anyhow::Result<Option<StdoutLock<'static>>> {
    if let Some(file) = &args.predictions {
        let mut writer = csv::Writer::from_path(file)?;
        for mistake in mistakes {
            writer.serialize(mistake)?;
        }
        writer.flush()?;
    }
    let mut out = io::stdout().lock();
    if !args.json {
        return Ok(Some(out));
    }
    writeln!(out, "{}", serde_json::to_string(figures)?)?;
    out.flush()?;
    Ok(None)
}

/// How the speakers of mentions compare with gold.
fn voices(args: &Args, file: &Path) -> anyhow::Result<()> {
    let recognizer = Recognizer::new(args.actors.catalogue()?);
    let (figures, mistakes) = VoiceFigures::measure(&recognizer, &read_voices(file)?);
    let Some(mut out) = written(args, &figures, &mistakes)? else {
        return Ok(());
    };
    writeln!(out, "form      voiced  found %  named  right %")?;
    let percent = |part: u64, all: u64| 100.0 * part as f64 / all.max(1) as f64;
    for (name, form) in &figures.forms {
        writeln!(
            out,
            "{name:<8}  {:>6}  {:>7.1}  {:>5}  {:>7.1}",
            form.voiced,
            percent(form.found, form.voiced),
            form.named,
            percent(form.right, form.named)
        )?;
    }
    writeln!(
        out,
        "voiced by somebody: precision {:.1} %, recall {:.1} %; named source right {:.1} %; author's words kept {:.1} % of {}",
        100.0 * figures.precision,
        100.0 * figures.recall,
        100.0 * figures.named,
        100.0 * figures.kept,
        figures.author
    )?;
    Ok(out.flush()?)
}

fn print_challenge(
    out: &mut impl Write,
    figures: &[ClassFigures],
    json: bool,
) -> anyhow::Result<()> {
    if json {
        writeln!(out, "{}", serde_json::to_string(figures)?)?;
        return Ok(out.flush()?);
    }
    writeln!(
        out,
        "class         pairs  accuracy  both right  95 % interval"
    )?;
    for ClassFigures {
        class,
        pairs,
        accuracy,
        both_right,
        interval,
    } in figures
    {
        let (accuracy, both_right) = (100.0 * accuracy, 100.0 * both_right);
        let interval = in_percent(*interval);
        let line =
            format!("{class:<12}  {pairs:>5}  {accuracy:>8.1}  {both_right:>10.1}  {interval:>13}");
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(out.flush()?)
}

fn figures(pairs: &[Clustered<(Label, Answer)>], before: Usage, after: Usage) -> Figures {
    let asked = (after.asked - before.asked) as f64;
    let per_second = |time: Duration| asked / time.as_secs_f64();
    let encoding = after.encoding - before.encoding;
    let tokenizing = after.tokenizing - before.tokenizing;
    let values: Vec<(Label, Answer)> = pairs.iter().map(|pair| pair.value).collect();
    Figures {
        evaluation: Evaluation::new(&values),
        intervals: Evaluation::intervals(pairs),
        sentences_per_second: per_second(tokenizing + encoding),
        encoded_per_second: per_second(encoding),
    }
}

/// A 95 % interval of shares, in percent; empty if there is none.
fn in_percent(interval: Option<Interval>) -> String {
    let print = |(low, high): Interval| format!("[{:.1}, {:.1}]", 100.0 * low, 100.0 * high);
    interval.map(print).unwrap_or_default()
}

fn print(out: &mut impl Write, title: &str, figures: &Figures) -> io::Result<()> {
    let evaluation = &figures.evaluation;
    let f1 = &evaluation.f1;
    writeln!(out, "{title}: {} targets", evaluation.targets)?;
    let found = figures.intervals.as_ref();
    let line = |name: &str, value: f64, interval: Option<Interval>| {
        let (value, interval) = (100.0 * value, in_percent(interval));
        format!("  {name:<12}  {value:>6.2}  {interval:>14}")
    };
    for (name, value, interval) in [
        ("macro F1", evaluation.macro_f1, found.map(|it| it.macro_f1)),
        ("F1 negative", f1.negative, found.map(|it| it.f1.negative)),
        ("F1 neutral", f1.neutral, found.map(|it| it.f1.neutral)),
        ("F1 positive", f1.positive, found.map(|it| it.f1.positive)),
        ("accuracy", evaluation.accuracy, found.map(|it| it.accuracy)),
        ("ECE", evaluation.ece, found.map(|it| it.ece)),
    ] {
        writeln!(out, "{}", line(name, value, interval).trim_end())?;
    }
    writeln!(out, "  sentences/s   {:>6.0}", figures.sentences_per_second)?;
    writeln!(out, "  gold \\ predicted  negative   neutral  positive")?;
    let confusion = &evaluation.confusion;
    let rows = [confusion.negative, confusion.neutral, confusion.positive];
    for (label, row) in Label::ALL.into_iter().zip(rows) {
        writeln!(
            out,
            "  {:<16}  {:>8}  {:>8}  {:>8}",
            label.name(),
            row.negative,
            row.neutral,
            row.positive
        )?;
    }
    Ok(())
}

fn print_swap(out: &mut impl Write, swap: &NameSwap, json: bool) -> anyhow::Result<()> {
    if json {
        writeln!(out, "{}", serde_json::to_string(swap)?)?;
        return Ok(out.flush()?);
    }
    let (sentences, names) = (swap.sentences, swap.names.len());
    writeln!(out, "{sentences} sentences with {names} names")?;
    writeln!(
        out,
        "  name-swap sensitivity {:.3}{}: the mean absolute difference of stance between two names",
        swap.sensitivity,
        match swap.interval {
            Some((low, high)) => format!(" [{low:.3}, {high:.3}]"),
            None => String::new(),
        }
    )?;
    let groups = swap.groups.iter().map(|(kind, means)| (&**kind, means));
    for (kind, means) in groups.chain([("name", &swap.names)]) {
        writeln!(out, "mean stance by {kind}")?;
        for Mean { name, stance } in means {
            writeln!(out, "  {stance:+.3}  {}", shown(name))?;
        }
    }
    Ok(out.flush()?)
}
