//! Any transformer that rust-bert has, on libtorch: BERT, RoBERTa, XLM-RoBERTa, DistilBERT, ELECTRA,
//! ALBERT, DeBERTa and DeBERTa-v2/v3, each as a sequence classifier.
//!
//! On a CPU, rayon's threads each run a replica of the model and libtorch starts no threads of its
//! own, so that cores are never shared out twice. Replicas share their weights.

mod architecture;
mod checkpoint;
mod classifier;
mod deberta;
mod electra;
mod memory;

use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError};

use ndarray::Array2;
use newstance::model::{Batch, Device, ModelDirectory, Precision, Scorer, StanceModel};
use newstance::{Error, ErrorKind, Result};
use tch::{Kind, Tensor, nn};

use checkpoint::Checkpoint;
use classifier::{Classifier, Inputs};

/// Tokens of a batch on a CPU.
const BATCH_TOKENS: usize = 512;

/// The torch backend.
pub struct TorchModel {
    name: String,
    /// One for each thread that scores, so that none waits for another.
    replicas: Vec<Mutex<Box<dyn Classifier>>>,
    device: tch::Device,
    padding: i64,
    classes: usize,
    batch_tokens: usize,
    description: String,
}

impl TorchModel {
    /// Loads a model directory, with a replica for each thread of rayon's current pool on a CPU,
    /// and one on a GPU.
    ///
    /// On a CPU, libtorch's own threads are turned off for the whole process.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Model`] if the directory cannot be used, its architecture is not supported, or the
    /// device is not there; [`ErrorKind::Precision`] if the device does not compute in the precision.
    pub fn load(
        directory: &ModelDirectory,
        device: Device,
        precision: Option<Precision>,
    ) -> Result<Self> {
        let usual = match device {
            Device::Cpu => Precision::F32,
            Device::Cuda(_) => Precision::F16,
        };
        let precision = precision.unwrap_or(usual);
        let refuse = |problem: &str, remedy: &str| {
            Error::new(ErrorKind::Precision, directory.name(), problem, remedy)
        };
        let kind = match (precision, device) {
            (Precision::F32, _) => Kind::Float,
            (Precision::F16, Device::Cuda(_)) => Kind::Half,
            (Precision::F16, Device::Cpu) => {
                return Err(refuse("f16 is for GPUs", "take f32 on a CPU"));
            }
            (Precision::Int8, _) => {
                let remedy = "take f32, or f16 on a GPU";
                return Err(refuse("the torch backend does not compute in int8", remedy));
            }
        };
        let mut model = match device {
            Device::Cpu => {
                tch::set_num_threads(1);
                let replicas = rayon::current_num_threads();
                Self::new(directory, tch::Device::Cpu, kind, replicas)?
            }
            Device::Cuda(index) => {
                let mut model = Self::new(directory, cuda(index)?, kind, 1)?;
                model.batch_tokens = memory::batch_tokens(index, directory, kind);
                model
            }
        };
        model.description = format!("torch {device} {precision}");
        Ok(model)
    }

    fn new(
        directory: &ModelDirectory,
        device: tch::Device,
        kind: Kind,
        replicas: usize,
    ) -> Result<Self> {
        let mut checkpoint = Checkpoint::read(directory, kind)?;
        let replicas = (0..replicas)
            .map(|_| {
                let store = nn::VarStore::new(device);
                let classifier = architecture::build(&store.root(), directory)?;
                // In the order of their names: of several faults, the same one is always reported.
                let variables: BTreeMap<_, _> = store.variables().into_iter().collect();
                for (name, mut variable) in variables {
                    let values = checkpoint.take(&name, &variable.size(), device, kind)?;
                    tch::no_grad(|| variable.set_data(&values));
                }
                Ok(Mutex::new(classifier))
            })
            .collect::<Result<_>>()?;
        let config = directory.config();
        Ok(Self {
            name: directory.name().to_owned(),
            replicas,
            device,
            padding: config.padding.into(),
            classes: config.classes.len(),
            batch_tokens: BATCH_TOKENS,
            description: String::new(),
        })
    }

    fn forward(&self, batch: &Batch) -> Vec<f32> {
        let inputs = self.inputs(batch);
        let thread = rayon::current_thread_index().unwrap_or(0);
        let replica = self.replicas[thread % self.replicas.len()]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let logits = tch::no_grad(|| replica.logits(&inputs))
            .to_kind(Kind::Float)
            .to_device(tch::Device::Cpu)
            .contiguous();
        let mut values = vec![0.0; batch.len() * self.classes];
        let count = values.len();
        logits.copy_data(&mut values, count);
        values
    }

    fn inputs(&self, batch: &Batch) -> Inputs {
        let rows = batch.len();
        let longest = batch.sequences().map(|tokens| tokens.len()).max();
        let longest = longest.unwrap_or(0);
        let mut ids = vec![self.padding; rows * longest];
        let mut segments = vec![0i64; rows * longest];
        let mut mask = vec![0i64; rows * longest];
        for (row, tokens) in batch.sequences().enumerate() {
            let start = row * longest;
            for (at, token) in tokens.enumerate() {
                ids[start + at] = batch.ids()[token].into();
                segments[start + at] = batch.segments()[token].into();
                mask[start + at] = 1;
            }
        }
        let shape = [rows as i64, longest as i64];
        let tensor = |values: Vec<i64>| {
            Tensor::from_slice(&values)
                .view(shape)
                .to_device(self.device)
        };
        Inputs {
            ids: tensor(ids),
            segments: tensor(segments),
            mask: tensor(mask),
        }
    }
}

/// Loads a model directory into rust-bert, with a replica for each thread of rayon's current pool. In
/// the usual precision of the device if none is given.
///
/// # Errors
///
/// Those of [`TorchModel::load`], and [`ErrorKind::Model`] if the tokenizer cannot be used.
pub fn scorer(
    directory: &ModelDirectory,
    device: Device,
    precision: Option<Precision>,
) -> Result<Scorer> {
    Scorer::with_backend(directory, |directory, _| load(directory, device, precision))
}

/// [`TorchModel::load`], as the command asks for it.
///
/// # Errors
///
/// Those of [`TorchModel::load`].
pub fn load(
    directory: &ModelDirectory,
    device: Device,
    precision: Option<Precision>,
) -> Result<Box<dyn StanceModel>> {
    Ok(Box::new(TorchModel::load(directory, device, precision)?))
}

impl StanceModel for TorchModel {
    fn logits(&self, batch: &Batch) -> Result<Array2<f32>> {
        // rust-bert unwraps what libtorch returns, and a GPU's memory can run out at any operation.
        let values =
            panic::catch_unwind(AssertUnwindSafe(|| self.forward(batch))).map_err(|cause| {
                let cause = cause
                    .downcast_ref::<String>()
                    .map_or("libtorch failed", |message| {
                        message.lines().next().unwrap_or(message)
                    });
                Error::model(
                    self.name.as_str(),
                    format!("a batch of {} tokens failed: {cause}", batch.tokens()),
                    "free the GPU's memory, or run on the CPU",
                )
            })?;
        Array2::from_shape_vec((batch.len(), self.classes), values).map_err(|error| {
            Error::model(
                self.name.as_str(),
                error.to_string(),
                "report this as a bug",
            )
        })
    }

    fn batch_tokens(&self) -> usize {
        self.batch_tokens
    }

    fn description(&self) -> String {
        self.description.clone()
    }
}

fn cuda(index: usize) -> Result<tch::Device> {
    let devices = usize::try_from(tch::Cuda::device_count()).unwrap_or(0);
    if index < devices {
        return Ok(tch::Device::Cuda(index));
    }
    let (problem, remedy) = match devices {
        0 => (
            "libtorch sees no GPU".to_owned(),
            "run on the CPU, or build with a libtorch for CUDA (LIBTORCH) on a machine that has \
             one",
        ),
        _ => (
            format!("there are {devices} GPUs, counted from 0"),
            "give one of them",
        ),
    };
    Err(Error::model(format!("cuda:{index}"), problem, remedy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use newstance::model::{EncodedInput, InputBuilder, Question};

    /// On a CPU, since not every machine has a GPU; what it shows is that all of the model is f16.
    #[test]
    fn half_precision_is_near() {
        let directory = ModelDirectory::fast().unwrap();
        let sentence = "Critics accused Putin of war crimes, and Trump of looking away.";
        let targets = [16..21, 41..46].map(|target| Question::Stance { sentence, target });
        let builder = InputBuilder::new(&directory).unwrap();
        let inputs: Vec<EncodedInput> = targets.iter().flat_map(|it| builder.build(it)).collect();
        let [full, half] = [Kind::Float, Kind::Half].map(|kind| {
            let model = TorchModel::new(&directory, tch::Device::Cpu, kind, 1).unwrap();
            model.logits(&Batch::new(&inputs)).unwrap()
        });
        let difference = (&full - &half).mapv(f32::abs);
        assert!(difference.iter().all(|&value| value < 0.05), "{difference}");
        assert!(difference.iter().any(|&value| value > 1e-5), "{difference}");
    }
}
