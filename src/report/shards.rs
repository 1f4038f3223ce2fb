//! The shards of one corpus.

use super::facts::{Facts, Scored};
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::Shard;

/// Whether these are the shards of one corpus, each of them once.
pub(super) fn check_shards(scored: &[Scored], opened: &[Facts]) -> Result<bool> {
    let manifests = || {
        scored
            .iter()
            .zip(opened.iter().map(|facts| &facts.manifest))
    };
    let shards: Vec<(&Scored, Shard)> = manifests()
        .filter_map(|(scored, manifest)| Some((scored, manifest.shard?)))
        .collect();
    let Some(&(first, Shard { count, .. })) = shards.first() else {
        return Ok(false);
    };
    let refuse = |scored: &Scored, problem: String, remedy: &str| {
        Err(Error::new(ErrorKind::Facts, scored.name(), problem, remedy))
    };
    let run = &opened[0].manifest.run;
    for (scored, manifest) in manifests() {
        if manifest.run != *run || manifest.shard.is_none_or(|shard| shard.count != count) {
            let problem = format!(
                "this is no shard of the run that {} is one of",
                first.name()
            );
            return refuse(scored, problem, "give the shards of one run");
        }
    }
    for index in 1..=count {
        let mut with = shards.iter().filter(|(_, shard)| shard.index == index);
        let shard = Shard { index, count };
        match (with.next(), with.next()) {
            (None, _) => {
                let problem = format!("the shard {shard} is missing");
                return refuse(first, problem, "give all shards of the run");
            }
            (Some(_), Some((second, _))) => {
                let problem = format!("the shard {shard} is there twice");
                return refuse(second, problem, "give each shard once");
            }
            _ => {}
        }
    }
    Ok(true)
}
