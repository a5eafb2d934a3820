//! How much memory the process had at its peak, as Linux counts it. Elsewhere nothing is known.

/// Has the peak counted anew; whether that could be done.
pub fn forget_peak() -> bool {
    // proc(5): 5 resets the peak of the resident set.
    std::fs::write("/proc/self/clear_refs", "5").is_ok()
}

/// The most memory that was resident since, in bytes.
pub fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}
