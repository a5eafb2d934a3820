//! Amounts as people read them.

/// Bytes in powers of 1024: `527.8 MiB`.
#[must_use]
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut amount = count as f64 / 1024.0;
    let mut units = UNITS.iter();
    let mut unit = units.next().copied().unwrap_or_default();
    // 1023.95 would be rounded to 1024.0
    while amount >= 1023.95 {
        let Some(larger) = units.next() else { break };
        amount /= 1024.0;
        unit = larger;
    }
    format!("{amount:.1} {unit}")
}

/// A count with its thousands apart: `138,365,992`.
#[must_use]
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count with its noun: `1 tensor`, `97 tensors`, `2 entries`.
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    let number = grouped(count as u64);
    match noun.strip_suffix('y') {
        _ if count == 1 => format!("{number} {noun}"),
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{number} {stem}ies"),
        _ => format!("{number} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_change_their_unit_in_time() {
        let shown = [0, 1023, 1024, 1536, 1024 * 1024 - 1, 553_507_840, u64::MAX].map(bytes);
        assert_eq!(shown, ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "1.0 MiB", "527.9 MiB", "16.0 EiB"]);
    }

    #[test]
    fn counts_are_grouped_and_named() {
        assert_eq!(grouped(138_365_992), "138,365,992");
        assert_eq!(grouped(100), "100");
        assert_eq!(counted(1, "entry"), "1 entry");
        assert_eq!(counted(2000, "entry"), "2,000 entries");
        assert_eq!(counted(3, "key"), "3 keys");
    }
}
