//! Which program this is.

/// The program with its version: `torchsh 0.1.0 (4c1a2b3), PyTorch 2.11.0`.
#[must_use]
pub fn version() -> String {
    let commit = option_env!("TORCHSH_COMMIT").filter(|commit| !commit.is_empty());
    let commit = commit.map(|commit| format!(" ({commit})")).unwrap_or_default();
    format!(
        "torchsh {}{commit}, PyTorch {}",
        env!("CARGO_PKG_VERSION"),
        torchsh_tensors::torch::misc::VERSION
    )
}
