//! A LoRA adapter as peft keeps it: a folder with `adapter_model.safetensors` and `adapter_config.json`.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::replacing;
use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::write::replace;
use torchsh_language::value::{Dict, Value};

/// What stands in the metadata of an adapter of what its configuration says: diffusers' own name for it.
pub const METADATA: &str = "lora_adapter_metadata";

/// Its tensors, as peft calls the file.
const MODEL: &str = "adapter_model.safetensors";

const CONFIG: &str = "adapter_config.json";

/// The metadata of an adapter of that configuration.
pub fn told(config: &serde_json::Value) -> Value {
    let metadata = Dict::default();
    metadata.set_name(METADATA, Value::str(config.to_string()));
    Value::Dict(Rc::new(metadata))
}

/// A folder to write an adapter to.
pub struct Folder {
    folder: PathBuf,
    config: String,
}

impl Folder {
    /// None: the value is no adapter that knows its configuration, or the path is not that of a folder.
    pub fn of(value: &Value, path: &Path) -> Option<Folder> {
        if !(path.is_dir() || path.as_os_str().to_string_lossy().ends_with('/')) {
            return None;
        }
        let metadata = replacing::metadata_of(value);
        let (_, said) = metadata.into_iter().find(|(name, _)| name == METADATA)?;
        let keys = value.as_dict()?.keys();
        let is_adapter = |key: &Value| key.as_str().is_some_and(|key| key.contains(".lora_"));
        if keys.is_empty() || !keys.iter().all(is_adapter) {
            return None;
        }
        let config: serde_json::Value = serde_json::from_str(&said).ok()?;
        let config = serde_json::to_string_pretty(&config).ok()?;
        // Of others than peft's kind (diffusers' own, of the parts of a pipeline) a folder says something else.
        config.contains("\"peft_type\"").then(|| Folder { folder: path.to_owned(), config })
    }

    /// Where the tensors go; the folder is made.
    ///
    /// # Errors
    /// `OSError` where it cannot be.
    pub fn model(&self) -> Result<PathBuf> {
        std::fs::create_dir_all(&self.folder).map_err(|error| Error::io(&error, &self.folder))?;
        Ok(self.folder.join(MODEL))
    }

    /// Writes the configuration, once the tensors are there.
    ///
    /// # Errors
    /// `OSError`
    pub fn finish(&self) -> Result<()> {
        let path = self.folder.join(CONFIG);
        let written = replace(&path, |out| {
            out.write_all(self.config.as_bytes())
                .and_then(|()| out.write_all(b"\n"))
                .map_err(|error| Error::io(&error, &path))
        });
        written.map(drop)
    }
}
