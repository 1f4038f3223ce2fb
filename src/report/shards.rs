//! The folders of the shards of one corpus.

use std::path::{Path, PathBuf};

use super::facts::Facts;
use crate::error::{Error, ErrorKind, Result};
use crate::pipeline::Shard;

/// Whether the folders are the shards of one corpus, each of them once.
pub(super) fn check_shards(folders: &[PathBuf], opened: &[Facts]) -> Result<bool> {
    let manifests = || {
        folders
            .iter()
            .zip(opened.iter().map(|facts| &facts.manifest))
    };
    let shards: Vec<(&PathBuf, Shard)> = manifests()
        .filter_map(|(folder, manifest)| Some((folder, manifest.shard?)))
        .collect();
    let Some(&(first, Shard { count, .. })) = shards.first() else {
        return Ok(false);
    };
    let refuse = |folder: &Path, problem: String, remedy: &str| {
        let place = folder.display().to_string();
        Err(Error::new(ErrorKind::Facts, place, problem, remedy))
    };
    let run = &opened[0].manifest.run;
    for (folder, manifest) in manifests() {
        if manifest.run != *run || manifest.shard.is_none_or(|shard| shard.count != count) {
            let problem = format!(
                "this is no shard of the run that {} is one of",
                first.display()
            );
            return refuse(folder, problem, "give the shards of one run");
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
            (Some(_), Some((folder, _))) => {
                let problem = format!("the shard {shard} is there twice");
                return refuse(folder, problem, "give each shard once");
            }
            _ => {}
        }
    }
    Ok(true)
}
