//! Keys that come near a text that no key contains.

use std::collections::HashSet;

use torchsh_base::nearest;
use torchsh_checkpoint::pattern::fits;
use torchsh_language::value::Str;

/// Keys that are shown.
const MOST: usize = 50;

/// Keys that an error names.
const NAMED: usize = 3;

/// The keys that an error names beside a pattern that fits none, in quotes: those that hold what stands between its stars, or else
/// those that it would fit but for a slip, the one that is written most alike, those that come near ([`nearest_keys`]).
pub fn named(wanted: &str, keys: &[String]) -> Vec<String> {
    let bare = wanted.trim_matches(|letter| matches!(letter, '*' | '.' | '^' | '$')).to_lowercase();
    let holding = keys.iter().filter(|key| !bare.is_empty() && key.to_lowercase().contains(&bare));
    let mut near: Vec<&String> = holding.take(NAMED).collect();
    let lower = wanted.to_lowercase();
    let slips = slips(&parts(&lower), &keys.iter().map(|key| key.to_lowercase()).collect::<Vec<_>>());
    if near.is_empty() && slips.len() < keys.len() {
        near.extend(slips.iter().filter_map(|place| keys.get(*place)).take(NAMED));
    }
    if near.is_empty() {
        let known: Vec<Str> = keys.iter().map(Str::new).collect();
        let alike = nearest(wanted, &known).map(Str::as_str);
        near.extend(keys.iter().find(|key| alike == Some(key.as_str())));
    }
    if near.is_empty() {
        near.extend(nearest_keys(wanted, keys).iter().filter_map(|place| keys.get(*place)).take(NAMED));
    }
    near.into_iter().map(|key| format!("\"{key}\"")).collect()
}

/// How much longer than what was typed the letters may lie apart in a key.
const SPREAD: usize = 3;

/// The places of the keys that come nearest, in their order: those in other capitals; if there are none, those that have the parts of
/// the text in order; if there are none, its letters; if there are none, those with a part that is it but for a slip.
pub fn nearest_keys(wanted: &str, keys: &[String]) -> Vec<usize> {
    let wanted = wanted.trim_matches('*').to_lowercase();
    let lower: Vec<String> = keys.iter().map(|key| key.to_lowercase()).collect();
    let having = |test: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let places = lower.iter().enumerate().filter(|(_, key)| test(key)).map(|(place, _)| place);
        places.take(MOST).collect()
    };
    if wanted.is_empty() {
        return Vec::new();
    }
    let wider = format!("*{wanted}*");
    let mut found = having(&|key| fits(key, &wider));
    let parts = parts(&wanted);
    if found.is_empty() && parts.len() > 1 {
        found = having(&|key| has_parts(key, &parts));
    }
    let letters: String = wanted.chars().filter(|letter| !is_gap(*letter)).collect();
    if found.is_empty() && letters.chars().count() > 2 {
        found = having(&|key| has_letters(key, &letters));
    }
    match found.is_empty() {
        true => slips(&parts, &lower),
        false => found,
    }
}

/// What stands between the gaps of a text.
fn parts(text: &str) -> Vec<&str> {
    text.split(is_gap).filter(|part| !part.is_empty()).collect()
}

/// The places of keys that have the parts but for slips in them.
fn slips(parts: &[&str], keys: &[String]) -> Vec<usize> {
    let known: HashSet<&str> = keys.iter().flat_map(|key| key.split('.')).collect();
    let mut known: Vec<Str> = known.into_iter().map(Str::new).collect();
    known.sort_by(|one, two| one.as_str().cmp(two.as_str()));
    let meant = |part: &&str| match known.iter().any(|known| known.as_str() == *part) {
        true => (*part).to_owned(),
        false => nearest(part, &known).map_or_else(|| (*part).to_owned(), |near| near.as_str().to_owned()),
    };
    let meant: Vec<String> = parts.iter().map(meant).collect();
    let meant: Vec<&str> = meant.iter().map(String::as_str).collect();
    if meant == parts {
        return Vec::new();
    }
    let places = keys.iter().enumerate().filter(|(_, key)| has_parts(key, &meant)).map(|(place, _)| place);
    places.take(MOST).collect()
}

fn is_gap(letter: char) -> bool {
    matches!(letter, '.' | '*' | '?' | ' ' | '/' | '^' | '$' | '\\' | '(' | ')')
}

/// Whether a key has the parts one after the other.
fn has_parts(key: &str, parts: &[&str]) -> bool {
    let mut rest = key;
    parts.iter().all(|part| match rest.find(part) {
        Some(at) => {
            rest = rest.get(at + part.len()..).unwrap_or_default();
            true
        }
        None => false,
    })
}

/// Whether a key has the letters one after the other, the first at the beginning of a part, and not too far apart.
fn has_letters(key: &str, letters: &str) -> bool {
    let most = letters.chars().count() * SPREAD + 2;
    let starts = key
        .char_indices()
        .filter(|(at, _)| *at == 0 || key.get(..*at).is_some_and(|before| before.ends_with(['.', '_'])));
    let mut starts = starts.map(|(at, _)| key.get(at..).unwrap_or_default());
    starts.any(|rest| {
        let mut wanted = letters.chars().peekable();
        let mut far = 0;
        if rest.chars().next() != wanted.peek().copied() {
            return false;
        }
        for letter in rest.chars() {
            far += usize::from(letter != '.');
            if wanted.peek() == Some(&letter) {
                wanted.next();
            }
            if wanted.peek().is_none() {
                return far <= most;
            }
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_what_a_slip_was_meant_for() {
        let keys = ["module.norm.num_batches_tracked", "module.head.weight", "module.head.bias", "pos_embed"];
        let keys = keys.map(str::to_owned);
        for (wanted, expected) in [
            ("module.hed.*", vec!["\"module.head.weight\"", "\"module.head.bias\""]),
            ("^modul.hed", vec!["\"module.head.weight\"", "\"module.head.bias\""]),
            ("*head.b", vec!["\"module.head.bias\""]),
            ("pos_embd", vec!["\"pos_embed\""]),
            ("zzzz*", vec![]),
        ] {
            assert_eq!(named(wanted, &keys), expected, "{wanted}");
        }
    }

    #[test]
    fn keys_come_near_in_four_ways() {
        let keys: Vec<String> = [
            "layer1.0.conv1.weight",
            "layer1.0.bn1.running_mean",
            "layer2.0.conv1.weight",
            "fc.weight",
            "fc.bias",
        ]
        .map(str::to_owned)
        .into();
        for (wanted, expected) in [
            ("FC.", vec![3, 4]),
            ("layer1 conv", vec![0]),
            ("layer?.conv", vec![0, 2]),
            ("l1c1w", vec![0]),
            ("runmean", vec![1]),
            ("wieght", vec![0, 2, 3]),
            ("fc.wieght", vec![3]),
            ("nothing at all", vec![]),
            ("*", vec![]),
        ] {
            assert_eq!(nearest_keys(wanted, &keys), expected, "{wanted}");
        }
    }
}
