//! Patterns that fit no key. In a verb that changes a state_dict they are an error: a slip in a pattern would leave everything as
//! it was, or drop nothing, and the save after it would look like success. `missing_ok=True` lets them pass.

use torchsh_base::error::{Error, Kind, Result};
use torchsh_language::value::report::gather;
use torchsh_language::value::{Args, Dict, Str, Value, Vm};

use super::fuzzy_keys;
use super::surgery::sources::option;

/// The option that lets them pass.
pub const MISSING_OK: &str = "missing_ok";

/// Refuses what fits nothing, in those words; or tells it, where the line says `missing_ok=True`. `wanted` is the text whose
/// neighbours among the keys are shown.
///
/// # Errors
/// `ValueError`, unless it may be so.
pub fn refuse(vm: &dyn Vm, args: &Args, dict: &Dict, said: String, wanted: &str) -> Result<()> {
    if option(args, MISSING_OK).map_or(Ok(false), |is_ok| vm.truth(is_ok))? {
        vm.notice(&said);
        return Ok(());
    }
    let near = match near(vm, dict, wanted).as_slice() {
        [] => "keys lists them".to_owned(),
        [one] => format!("{one} comes near"),
        several => format!("{} come near", several.join(", ")),
    };
    Err(Error::new(Kind::Value, said).hint(format!("{near}; {MISSING_OK}=True lets it pass")))
}

/// The patterns that no key fits, in their order.
///
/// # Errors
/// What reading a key raises.
pub fn of<'a>(
    vm: &dyn Vm,
    dict: &Dict,
    patterns: &'a [Str],
    fits: impl Fn(&str, &Value, &str) -> bool,
) -> Result<Vec<&'a str>> {
    let mut unused: Vec<&str> = patterns.iter().map(Str::as_str).collect();
    for (key, value) in dict.entries() {
        if unused.is_empty() {
            break;
        }
        let text = gather::key_text(vm, &key)?;
        unused.retain(|pattern| !fits(&text, &value, pattern));
    }
    Ok(unused)
}

/// `"a" or "b"`
pub fn quoted(patterns: &[&str]) -> String {
    format!("\"{}\"", patterns.join("\" or \""))
}

/// The keys that come near a pattern.
fn near(vm: &dyn Vm, dict: &Dict, wanted: &str) -> Vec<String> {
    let keys = dict.keys();
    let keys: Vec<String> = keys.iter().filter_map(|key| gather::key_text(vm, key).ok()).collect();
    fuzzy_keys::named(wanted, &keys)
}
