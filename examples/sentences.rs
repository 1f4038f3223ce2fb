//! Prints the sentences of articles, one JSON object a line: `cargo run --release --example sentences -- FILE...`
//!
//! Files may be all that `newstance score` reads. `training/labels/draw.py` draws what is labelled from them.

use std::io::{BufWriter, Write, stdout};

use newstance::Result;
use newstance::corpus::{Corpus, CorpusOptions};
use newstance::text::Document;
use serde_json::json;

fn main() -> Result<()> {
    let inputs: Vec<String> = std::env::args().skip(1).collect();
    let mut out = BufWriter::new(stdout().lock());
    for record in Corpus::open(&inputs, CorpusOptions::default())? {
        let article = match record {
            Ok(article) => article,
            Err(rejected) => {
                eprintln!("{} {}: {}", rejected.input, rejected.place, rejected.reason);
                continue;
            }
        };
        let document = Document::new(&article.text, article.headline());
        for (number, sentence) in document.sentences().iter().enumerate() {
            let line = json!({
                "document": article.id,
                "sentence": number,
                "paragraph": sentence.paragraph,
                "start": sentence.chars.start,
                "text": &article.text[sentence.bytes.clone()],
            });
            if writeln!(out, "{line}").is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}
