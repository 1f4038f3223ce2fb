//! Where a backend runs, and in which numbers.

use std::fmt;
use std::str::FromStr;

use newstance_kernels::isa::Kernel;

/// A processor that libtorch can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Device {
    /// The processor's own cores.
    #[default]
    Cpu,
    /// An NVIDIA GPU, counted from 0 as CUDA does.
    Cuda(usize),
}

/// `cpu`, `cuda` (the first) or `cuda:N`.
///
/// ```
/// use newstance::model::Device;
///
/// assert_eq!("cuda:1".parse(), Ok(Device::Cuda(1)));
/// assert_eq!("cuda".parse(), Ok(Device::Cuda(0)));
/// assert!("gpu".parse::<Device>().is_err());
/// ```
impl FromStr for Device {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = match text {
            "cpu" => return Ok(Self::Cpu),
            "cuda" => Some(0),
            _ => text
                .strip_prefix("cuda:")
                .and_then(|number| number.parse().ok()),
        };
        number
            .map(Self::Cuda)
            .ok_or_else(|| "give cpu, cuda or cuda:N".to_owned())
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
        }
    }
}

/// How weights and activations are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// 8-bit integers, in the native engine.
    Int8,
    /// 16 bits, in the torch backend on a GPU.
    F16,
    /// 32 bits.
    F32,
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Int8 => "int8",
            Self::F16 => "f16",
            Self::F32 => "f32",
        })
    }
}

/// How the native engine runs a model.
#[derive(Debug, Clone, Copy, Default)]
pub struct NativeOptions {
    /// In which numbers; by default 8 bits if the processor has instructions for them and the
    /// model has the form, and f32 elsewhere.
    pub precision: Option<Precision>,
    /// With which kernel for 8 bits; by default the fastest.
    pub kernel: Option<Kernel>,
}
