//! Patterns of keys: `layer1.*`.

/// Whether a text is a pattern at all.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// Whether a key fits a pattern, as `fnmatch.fnmatchcase` has it: `*` is any text, full stops included, `?` one
/// character, `[abc]` one of these.
pub fn fits(key: &str, pattern: &str) -> bool {
    let key: Vec<char> = key.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    let (mut k, mut p) = (0, 0);
    // Where to go on after the last `*` if what follows it does not fit.
    let mut retry: Option<(usize, usize)> = None;
    while k < key.len() {
        let step =
            pattern.get(p).and_then(|&c| one(c, key.get(k).copied(), pattern.get(p..).unwrap_or_default()));
        match (pattern.get(p), step) {
            (Some('*'), _) => {
                retry = Some((p, k));
                p += 1;
            }
            (_, Some(width)) => {
                p += width;
                k += 1;
            }
            _ => match retry {
                Some((star, from)) => {
                    retry = Some((star, from + 1));
                    p = star + 1;
                    k = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|&c| c == '*')
}

/// A key that fits a pattern, written as another one: what each `*` stands for in the first stands for it in the second.
/// None where the key does not fit, or the second has more of them.
pub fn substituted(key: &str, pattern: &str, other: &str) -> Option<String> {
    filled(other, &stars(key, pattern)?)
}

/// A pattern with texts in the places of its `*`, in order; none where there are fewer texts.
pub fn filled(pattern: &str, texts: &[impl AsRef<str>]) -> Option<String> {
    let mut texts = texts.iter();
    let mut made = String::new();
    for (place, piece) in pattern.split('*').enumerate() {
        if place > 0 {
            made.push_str(texts.next()?.as_ref());
        }
        made.push_str(piece);
    }
    Some(made)
}

/// What each `*` of a pattern stands for in a key: as little as it can.
pub fn stars<'a>(key: &'a str, pattern: &str) -> Option<Vec<&'a str>> {
    let Some((head, rest)) = pattern.split_once('*') else { return fits(key, pattern).then(Vec::new) };
    let start = key.char_indices().map(|(at, _)| at).chain([key.len()]).find(|&at| {
        head.chars().count() <= key.chars().count() && fits(key.get(..at).unwrap_or_default(), head)
    })?;
    let ends = key.char_indices().map(|(at, _)| at).chain([key.len()]).filter(|at| *at >= start);
    for end in ends {
        if let Some(mut found) = key.get(end..).and_then(|rest_key| stars(rest_key, rest)) {
            found.insert(0, key.get(start..end)?);
            return Some(found);
        }
    }
    None
}

/// Whether one character fits the pattern's next part; the length of that part.
fn one(first: char, c: Option<char>, rest: &[char]) -> Option<usize> {
    let c = c?;
    match first {
        '?' => Some(1),
        '[' => {
            // A bracket right after the opening one is a member of the set.
            let before = if rest.get(1) == Some(&'!') { 3 } else { 2 };
            let end = rest.iter().skip(before).position(|&x| x == ']').map(|at| at + before);
            let Some(end) = end else { return (c == '[').then_some(1) };
            let inside = rest.get(1..end)?;
            let (negated, set) = match inside.split_first() {
                Some(('!', set)) => (true, set),
                _ => (false, inside),
            };
            (in_set(c, set) != negated).then_some(end + 1)
        }
        plain => (plain == c).then_some(1),
    }
}

fn in_set(c: char, set: &[char]) -> bool {
    let mut at = 0;
    while let Some(&low) = set.get(at) {
        match (set.get(at + 1), set.get(at + 2)) {
            (Some('-'), Some(&high)) => {
                if (low..=high).contains(&c) {
                    return true;
                }
                at += 3;
            }
            _ => {
                if low == c {
                    return true;
                }
                at += 1;
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_the_same_text() {
        let cases = [
            ("a.0.qkv.weight", "*.qkv.weight", "*.q.weight", Some("a.0.q.weight")),
            ("a.0.qkv.weight", "a.*.qkv.*", "b.*.*", Some("b.0.weight")),
            ("head", "head", "tail", Some("tail")),
            ("head", "h*", "*x*", None),
            ("head", "x*", "*", None),
        ];
        for (key, pattern, other, made) in cases {
            assert_eq!(substituted(key, pattern, other).as_deref(), made, "{key} {pattern} {other}");
        }
    }

    #[test]
    fn patterns_fit_as_fnmatch_has_it() {
        for (key, pattern) in [
            ("layer1.0.conv1.weight", "layer1.*"),
            ("bn1.running_mean", "bn*.running_mean"),
            ("a.b", "*"),
            ("", "*"),
            ("abc", "a?c"),
            ("a7", "a[0-9]"),
            ("ab", "a[!0-9]"),
            ("江苏.weight", "江?.*"),
            ("a]b", "a[]]b"),
            ("x", "[!]]"),
        ] {
            assert!(fits(key, pattern), "{key} {pattern}");
        }
        for (key, pattern) in
            [("layer10.x", "layer1.*"), ("a", ""), ("ab", "a"), ("a", "a?"), ("ab", "a[0-9]")]
        {
            assert!(!fits(key, pattern), "{key} {pattern}");
        }
    }
}
