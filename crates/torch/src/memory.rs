//! How many tokens fit into a GPU at once.

use std::env;

use nvml_wrapper::{Device, Nvml};
use serde::Deserialize;
use tch::Kind;

use newstance::model::ModelDirectory;

/// If NVIDIA's library does not say what is free.
const ASSUMED_FREE: u64 = 2 << 30;
/// Part of the free memory that activations may take; the rest is libtorch's for what it caches.
const PART: u64 = 3;
/// Enough to keep any GPU busy; more would only delay the first results.
const MOST: u64 = 65_536;
const FEWEST: u64 = 512;

#[derive(Deserialize)]
struct Widths {
    #[serde(alias = "dim")]
    hidden_size: u64,
    #[serde(alias = "hidden_dim")]
    intermediate_size: u64,
    #[serde(alias = "n_heads")]
    num_attention_heads: u64,
}

/// Tokens of a batch that fit beside the weights, which are loaded already.
pub(super) fn batch_tokens(index: usize, directory: &ModelDirectory, kind: Kind) -> usize {
    let free = free_bytes(index).unwrap_or(ASSUMED_FREE);
    let bytes = kind.elt_size_in_bytes() as u64;
    let per_token = Widths::deserialize(&directory.config().whole).map_or(1 << 16, |widths| {
        bytes * values_per_token(&widths, directory.max_length() as u64)
    });
    let tokens = (free / PART / per_token).clamp(FEWEST, MOST);
    usize::try_from(tokens).unwrap_or(FEWEST as usize)
}

/// Values of a layer that live at once for a token: states, queries, keys, values and their copies;
/// the wide layer and its activation; scores and weights of each head, twice for DeBERTa's
/// positions.
fn values_per_token(widths: &Widths, longest: u64) -> u64 {
    12 * widths.hidden_size
        + 2 * widths.intermediate_size
        + 6 * widths.num_attention_heads * longest
}

fn free_bytes(index: usize) -> Option<u64> {
    let nvml = Nvml::init().ok()?;
    let device = device(&nvml, index)?;
    device.memory_info().ok().map(|memory| memory.free)
}

/// CUDA counts the devices that CUDA_VISIBLE_DEVICES lists, NVIDIA's library all of them.
fn device(nvml: &Nvml, index: usize) -> Option<Device<'_>> {
    let number = u32::try_from(index).ok()?;
    let Ok(visible) = env::var("CUDA_VISIBLE_DEVICES") else {
        return nvml.device_by_index(number).ok();
    };
    let name = visible.split(',').nth(index)?.trim();
    match name.parse() {
        Ok(number) => nvml.device_by_index(number).ok(),
        Err(_) => nvml.device_by_uuid(name).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_bert_base_takes_a_few_hundred_kilobytes() {
        let widths = Widths {
            hidden_size: 768,
            intermediate_size: 3072,
            num_attention_heads: 12,
        };
        let bytes = 4 * values_per_token(&widths, 512);
        assert!((100_000..400_000).contains(&bytes), "{bytes}");
    }

    #[test]
    fn a_machine_without_a_gpu_has_a_budget_all_the_same() {
        let directory = ModelDirectory::fast().unwrap();
        let tokens = batch_tokens(usize::from(u16::MAX), &directory, Kind::Half);
        assert!((FEWEST as usize..=MOST as usize).contains(&tokens));
    }
}
