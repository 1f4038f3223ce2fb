//! `newstance explain`: one text, every mention with its probabilities.

use std::io::{self, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::LoadTorch;
use super::options::{Loaded, MentionArgs, ModelArgs};
use super::table::bar;
use super::terminal::shown;
use crate::actors::Catalogue;
use crate::corpus::{Article, Published};
use crate::pipeline::{ScoredArticle, ScoredMention};

/// Show every mention of a text with its probabilities, speaker and holder.
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
    mentions: MentionArgs,
    #[command(flatten)]
    pub model: ModelArgs,
}

pub fn run(args: &Args, torch: Option<LoadTorch>) -> anyhow::Result<()> {
    let text = match &*args.text {
        "-" => Article::read_text(io::stdin().lock())?,
        text => text.to_owned(),
    };

    let catalogue = args.mentions.catalogue()?;
    let Loaded { scorer, pool, .. } = args.model.load(torch)?;
    let tells_tone = scorer.tells_tone();
    let mut stages = args.mentions.stages(catalogue, scorer);
    if tells_tone {
        stages = stages.with_tone()?;
    }
    let today = || Published::on(TimeZone::UTC.to_datetime(Timestamp::now()).date());
    let mut article = Article::of_text(text);
    article.published = Some(args.published.unwrap_or_else(today));
    let scored = pool.install(|| stages.score(vec![article]))?;
    let mut out = anstream::stdout().lock();
    for article in &scored {
        print(&mut out, article, stages.catalogue())?;
    }
    Ok(out.flush()?)
}

fn print(out: &mut impl Write, scored: &ScoredArticle, catalogue: &Catalogue) -> io::Result<()> {
    let text = &scored.article.text;
    for (index, sentence) in scored.document.sentences().iter().enumerate() {
        writeln!(out, "[{index}] {}", shown(&text[sentence.bytes.clone()]))?;
        let mentions = scored.mentions.iter();
        let mut of_sentence = mentions
            .filter(|it| it.mention.sentence == index)
            .peekable();
        if let Some(tone) = of_sentence.peek().and_then(|it| it.tone) {
            let tone = tone.stance();
            writeln!(out, "    {}  {tone:+.3} tone", bar(tone))?;
        }
        for mention in of_sentence {
            row(out, text, catalogue, mention)?;
        }
    }
    if scored.mentions.is_empty() {
        let names: Vec<&str> = catalogue
            .actors()
            .iter()
            .map(|actor| actor.name.as_str())
            .collect();
        writeln!(out, "no mention of {}", shown(&names.join(", ")))?;
    }
    Ok(())
}

fn row(
    out: &mut impl Write,
    text: &str,
    catalogue: &Catalogue,
    scored: &ScoredMention,
) -> io::Result<()> {
    let ScoredMention {
        mention, answer, ..
    } = scored;
    let [negative, neutral, positive] = answer.probabilities;
    writeln!(
        out,
        "    {}  {:+.3} {:<8}  negative {negative:.3}  neutral {neutral:.3}  positive {positive:.3}",
        bar(answer.stance()),
        answer.stance(),
        answer.label().name(),
    )?;
    let antecedent = match &mention.antecedent {
        Some(antecedent) => format!(" for {}", shown(antecedent)),
        None => String::new(),
    };
    let holder = match mention.holder == mention.speaker {
        true => String::new(),
        false => format!(", holder {}", shown(mention.holder.name(catalogue))),
    };
    writeln!(
        out,
        "      {} ({}, {}{antecedent}), {} voice, speaker {}{holder}",
        shown(&text[mention.bytes.clone()]),
        catalogue.actors()[mention.actor].id,
        mention.kind,
        mention.voice,
        shown(mention.speaker.name(catalogue)),
    )
}
