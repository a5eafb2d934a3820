//! Storages as values.

use torchsh_aten::{Storage, Tensor};
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::dtype::Dtype;
use torchsh_language::value::Value;

/// `torch.UntypedStorage`: bytes; with a dtype, `torch.TypedStorage`: numbers.
pub struct StorageObject {
    pub(crate) storage: Storage,
    pub(crate) dtype: Option<Dtype>,
    /// The file that is written into with it.
    file: Option<Value>,
}

impl StorageObject {
    /// The bytes that tensors share.
    #[must_use]
    pub fn untyped(storage: Storage) -> Self {
        StorageObject { storage, dtype: None, file: None }
    }

    /// The storage.
    #[must_use]
    pub fn storage(&self) -> &Storage {
        &self.storage
    }

    /// A storage seen as numbers of a dtype, or as bytes.
    #[must_use]
    pub fn of(storage: Storage, dtype: Option<Dtype>) -> Self {
        StorageObject { storage, dtype, file: None }
    }

    /// The same with the name of the file that it writes into.
    #[must_use]
    pub fn named(self, file: Value) -> Self {
        StorageObject { file: Some(file), ..self }
    }

    /// That name, or None.
    #[must_use]
    pub fn file_name(&self) -> Value {
        self.file.clone().unwrap_or(Value::None)
    }

    /// What it is seen as; none for bytes.
    #[must_use]
    pub fn dtype(&self) -> Option<Dtype> {
        self.dtype
    }

    pub(crate) fn itemsize(&self) -> usize {
        self.dtype.map_or(1, Dtype::itemsize)
    }

    pub(crate) fn length(&self) -> usize {
        self.storage.nbytes() / self.itemsize()
    }

    /// All of it as a flat tensor of a dtype, on the same memory. What is seen as numbers of another dtype is refused: `said`
    /// gives the names of the dtype that was asked for and of its own.
    ///
    /// # Errors
    /// That other dtype; what libtorch raises.
    pub fn as_numbers(&self, dtype: Dtype, said: impl FnOnce(Dtype, Dtype) -> String) -> Result<Tensor> {
        self.refuse_other(dtype, said)?;
        let length = (self.storage.nbytes() / dtype.itemsize()) as i64;
        self.storage.tensor(dtype, &[length], None, 0)
    }

    /// # Errors
    /// It is seen as numbers of another dtype.
    pub fn refuse_other(&self, dtype: Dtype, said: impl FnOnce(Dtype, Dtype) -> String) -> Result<()> {
        match self.dtype.filter(|own| *own != dtype) {
            Some(own) => Err(Error::runtime(format!("Expected a Storage of type {}", said(dtype, own)))),
            None => Ok(()),
        }
    }

    /// All of it as a flat tensor.
    ///
    /// # Errors
    /// What libtorch raises.
    pub fn flat(&self) -> Result<Tensor> {
        let length = self.length() as i64;
        self.storage.tensor(plain(self.dtype.unwrap_or(Dtype::UINT8)), &[length], None, 0)
    }
}

/// The dtype that a storage's numbers are shown in: of quantized ones, their integers.
#[must_use]
pub fn plain(dtype: Dtype) -> Dtype {
    match dtype {
        Dtype::QINT8 => Dtype::INT8,
        Dtype::QINT32 => Dtype::INT32,
        dtype if dtype.is_quantized() => Dtype::UINT8,
        dtype => dtype,
    }
}
