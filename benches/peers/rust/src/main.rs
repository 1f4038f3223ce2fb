//! Runs batches of token ids through an engine whenever a line is read, and writes the seconds that it took and the logits as JSON.
//!
//! usage: peers rten MODEL.onnx BATCHES.json
//!        peers candle MODEL_DIRECTORY BATCHES.json

use std::error::Error;
use std::fs;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::time::Instant;

use candle_core::{DType, Device, IndexOp, Tensor};
use candle_nn::{Linear, Module, VarBuilder, linear};
use candle_transformers::models::bert::{BertModel, Config};
use rten::{Model, NodeId, Value};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, NdTensorView};
use serde_json::json;

type Failure = Box<dyn Error>;

/// `input_ids`, `attention_mask`, `token_type_ids`, `[sequences, tokens]` each.
struct Batch {
    arrays: [Vec<i32>; 3],
    shape: [usize; 2],
}

trait Engine {
    /// `[sequences, labels]`.
    fn logits(&self, batch: &Batch) -> Result<Vec<Vec<f32>>, Failure>;
}

struct Rten {
    model: Model,
    inputs: Vec<(NodeId, usize)>,
    output: NodeId,
}

impl Rten {
    fn load(path: &str) -> Result<Self, Failure> {
        let model = Model::load_file(path)?;
        let names = ["input_ids", "attention_mask", "token_type_ids"];
        let known = |(at, name): (usize, &str)| Some((model.find_node(name)?, at));
        let inputs = names.into_iter().enumerate().filter_map(known).collect();
        let output = model.output_ids()[0];
        Ok(Self { model, inputs, output })
    }
}

impl Engine for Rten {
    fn logits(&self, batch: &Batch) -> Result<Vec<Vec<f32>>, Failure> {
        let value = |at: usize| -> Value { NdTensor::from_data(batch.shape, batch.arrays[at].clone()).into() };
        let inputs = self.inputs.iter().map(|&(node, at)| (node, value(at).into()));
        let [output] = self.model.run_n(inputs.collect(), [self.output], None)?;
        let output: NdTensor<f32, 2> = output.try_into()?;
        let row = |row: NdTensorView<f32, 1>| row.iter().copied().collect();
        Ok((0..batch.shape[0]).map(|at| row(output.slice(at))).collect())
    }
}

struct Candle {
    bert: BertModel,
    pooler: Linear,
    classifier: Linear,
}

impl Candle {
    fn load(folder: &str) -> Result<Self, Failure> {
        let folder = Path::new(folder);
        let config: Config = serde_json::from_slice(&fs::read(folder.join("config.json"))?)?;
        let weights = fs::read(folder.join("model.safetensors"))?;
        let weights = VarBuilder::from_buffered_safetensors(weights, DType::F32, &Device::Cpu)?;
        let hidden = config.hidden_size;
        Ok(Self {
            bert: BertModel::load(weights.pp("bert"), &config)?,
            pooler: linear(hidden, hidden, weights.pp("bert.pooler.dense"))?,
            classifier: linear(hidden, 3, weights.pp("classifier"))?,
        })
    }
}

impl Engine for Candle {
    fn logits(&self, batch: &Batch) -> Result<Vec<Vec<f32>>, Failure> {
        let tensor = |at: usize| -> Result<Tensor, Failure> {
            let values: Vec<i64> = batch.arrays[at].iter().map(|&value| value.into()).collect();
            Ok(Tensor::from_vec(values, (batch.shape[0], batch.shape[1]), &Device::Cpu)?)
        };
        let (ids, mask, segments) = (tensor(0)?, tensor(1)?, tensor(2)?);
        let states = self.bert.forward(&ids, &segments, Some(&mask))?;
        let pooled = self.pooler.forward(&states.i((.., 0, ..))?.contiguous()?)?.tanh()?;
        Ok(self.classifier.forward(&pooled)?.to_vec2()?)
    }
}

fn batches(path: &str) -> Result<Vec<Batch>, Failure> {
    let read: Vec<[Vec<Vec<i32>>; 3]> = serde_json::from_slice(&fs::read(path)?)?;
    let batch = |arrays: [Vec<Vec<i32>>; 3]| Batch {
        shape: [arrays[0].len(), arrays[0][0].len()],
        arrays: arrays.map(|rows| rows.concat()),
    };
    Ok(read.into_iter().map(batch).collect())
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [engine, model, inputs] = &arguments[..] else {
        return Err("usage: peers rten|candle MODEL BATCHES.json".into());
    };
    let engine: Box<dyn Engine> = match engine.as_str() {
        "rten" => Box::new(Rten::load(model)?),
        "candle" => Box::new(Candle::load(model)?),
        other => return Err(format!("no such engine: {other}").into()),
    };
    let batches = batches(inputs)?;
    for _ in io::stdin().lock().lines() {
        let started = Instant::now();
        let logits: Vec<_> = batches.iter().map(|batch| engine.logits(batch)).collect::<Result<_, _>>()?;
        let line = json!({"seconds": started.elapsed().as_secs_f64(), "logits": logits});
        writeln!(io::stdout(), "{line}")?;
    }
    Ok(())
}
