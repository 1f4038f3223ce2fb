//! `newstance explain`: one text, every mention with its probabilities.

use std::io::{self, Read, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use newstance::actors::{Catalogue, Matcher, Mention, Speaker};
use newstance::corpus::Published;
use newstance::model::{StanceScore, Target};
use newstance::text;

use super::options::{ActorArgs, Engine, ModelArgs};
use super::table::bar;

/// Show every mention of a text with its probabilities.
#[derive(clap::Args)]
pub struct Args {
    /// The text, or - for standard input.
    #[arg(value_name = "TEXT")]
    text: String,
    /// Day of publication, by which roles such as "the Russian president" mean their holders of
    /// the time; by default today.
    #[arg(long, value_name = "DATE", value_parser = Published::parse)]
    published: Option<Published>,
    #[command(flatten)]
    actors: ActorArgs,
    #[command(flatten)]
    model: ModelArgs,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let text = if args.text == "-" {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        text
    } else {
        args.text.clone()
    };
    let catalogue = args.actors.catalogue()?;
    let Engine { scorer, pool, .. } = args.model.load(false)?;
    let sentences = text::split(&text);
    let date = match args.published {
        Some(published) => published.date(),
        None => TimeZone::UTC.to_datetime(Timestamp::now()).date(),
    };
    let mentions = Matcher::new(&catalogue).find(&text, &sentences, Some(date));
    let targets: Vec<Target> = mentions
        .iter()
        .map(|mention| newstance::pipeline::target(&text, &sentences, mention))
        .collect();
    let scores = pool.install(|| scorer.score(&targets))?;
    let mut toned: Vec<usize> = match scorer.tells_tone() {
        true => mentions.iter().map(|mention| mention.sentence).collect(),
        false => Vec::new(),
    };
    toned.dedup();
    let wholes: Vec<Target> = toned
        .iter()
        .map(|&index| Target::whole(&text[sentences[index].bytes.clone()]))
        .collect();
    let tones = pool.install(|| scorer.score(&wholes))?;
    let mut out = io::stdout().lock();
    for (index, sentence) in sentences.iter().enumerate() {
        writeln!(out, "[{index}] {}", &text[sentence.bytes.clone()])?;
        if let Ok(at) = toned.binary_search(&index) {
            let tone = tones[at].stance();
            writeln!(out, "    {}  {tone:+.3} tone", bar(tone))?;
        }
        let rows = mentions.iter().zip(&scores);
        for (mention, score) in rows.filter(|(mention, _)| mention.sentence == index) {
            row(&mut out, &text, &catalogue, mention, score)?;
        }
    }
    if mentions.is_empty() {
        writeln!(out, "no mention of {}", names(&catalogue))?;
    }
    out.flush()?;
    Ok(())
}

fn row(
    out: &mut impl Write,
    text: &str,
    catalogue: &Catalogue,
    mention: &Mention,
    score: &StanceScore,
) -> io::Result<()> {
    let id = |actor: usize| catalogue.actors()[actor].id.as_str();
    let speaker = match &mention.speaker {
        Speaker::Author => "author",
        Speaker::Actor(actor) => id(*actor),
        Speaker::Other(name) => name,
    };
    let [negative, neutral, positive] = score.probabilities;
    writeln!(
        out,
        "    {}  {:+.3} {:<8}  negative {negative:.3}  neutral {neutral:.3}  positive {positive:.3}",
        bar(score.stance()),
        score.stance(),
        score.label().name(),
    )?;
    writeln!(
        out,
        "      {} ({}, {}), voiced by {speaker}",
        &text[mention.bytes.clone()],
        id(mention.actor),
        mention.kind,
    )
}

fn names(catalogue: &Catalogue) -> String {
    let names: Vec<_> = catalogue
        .actors()
        .iter()
        .map(|actor| actor.name.as_str())
        .collect();
    names.join(", ")
}
