//! What a program set for all of its `torch.save`: `torch.serialization.skip_data`, `torch.utils.serialization.config`.

use torchsh_base::error::{Error, Result};
use torchsh_checkpoint::write::{LARGEST_ALIGNMENT, SaveOptions};
use torchsh_language::value::{Str, Value, Vm};

/// The options that are not `torch.save`'s own arguments.
///
/// # Errors
/// `ValueError` for an alignment that no archive can have.
pub fn of(vm: &dyn Vm) -> Result<SaveOptions> {
    let mut options = SaveOptions::default();
    // A program that never named these modules set nothing.
    if vm.modules().get_name("torch.serialization").is_some()
        && let Some(settings) = vm.named_in("torch.serialization", "_settings")?.and_then(|all| all.as_dict())
        && let Some(skips) = settings.get_name("skip_data")
    {
        options.skip_data = vm.truth(&skips)?;
    }
    if vm.modules().get_name("torch.utils.serialization.config").is_some()
        && let Some(save) = vm.named_in("torch.utils.serialization.config", "save")?
    {
        options.no_crc32 = !vm.truth(&vm.attribute(&save, &Str::intern("compute_crc32"))?)?;
        options.alignment = alignment_of(vm, &vm.attribute(&save, &Str::intern("storage_alignment"))?)?;
    }
    Ok(options)
}

fn alignment_of(vm: &dyn Vm, asked: &Value) -> Result<u64> {
    let number = torchsh_language::value::number::index(vm, asked)?;
    u64::try_from(number).ok().filter(|number| (1..=LARGEST_ALIGNMENT).contains(number)).ok_or_else(|| {
        let message = format!("storage_alignment must be from 1 to {LARGEST_ALIGNMENT}, not {number}");
        Error::value(message)
    })
}
