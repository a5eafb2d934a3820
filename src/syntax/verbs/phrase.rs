//! Verb lines with words of their own between: `cast p bfloat16 keep "*norm*"`, `split p "*.qkv.weight" into q k v`.

/// Names of dtypes that do not end in their bits.
const PLAIN_DTYPES: &[&str] = &["half", "float", "double"];

/// Whether a piece of such a line is a word rather than an expression. `last` is the word of the verb's own that came last.
pub(super) fn is_bare(verb: &str, last: &str, place: usize, piece: &str) -> bool {
    let is_name = piece.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
        && piece.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic());
    match verb {
        "cast" => {
            place == 1
                && is_name
                && (PLAIN_DTYPES.contains(&piece) || piece.contains(|c: char| c.is_ascii_digit()))
        }
        "split" | "join" => last == "into" && is_name,
        "resample" => last == "to" && is_pair(piece, 'x'),
        "slice" => place == 2 && is_pair(piece, ':'),
        _ => false,
    }
}

/// `24x24`, `0:10`, `:10`
fn is_pair(piece: &str, mark: char) -> bool {
    let is_number = |text: &str| text.chars().all(|c| c.is_ascii_digit() || c == '-');
    piece.split_once(mark).is_some_and(|(one, two)| is_number(one) && is_number(two))
}

/// The Python of such a line, if it is short; `words` are its words as written, bare ones in quotes.
pub(super) fn python<'a>(
    verb: &str,
    words: &[String],
    option: &dyn Fn(&str) -> Option<&'a str>,
) -> Option<String> {
    let word = |place: usize| words.get(place).map(String::as_str);
    let of = word(0)?.to_owned();
    match verb {
        "rename" => rename(&of, words),
        "hist" => match words {
            [_] => Some(format!("torch.histc({of})")),
            [_, bins] if !bins.starts_with(['"', '\'']) => Some(format!("torch.histc({of}, {bins})")),
            [_, key] if !is_picture(key) => Some(format!("torch.histc({of}[{key}])")),
            [_, key, bins] if !is_picture(key) && !bins.starts_with(['"', '\'']) => {
                Some(format!("torch.histc({of}[{key}], {bins})"))
            }
            _ => None,
        },
        "heat" if words.len() == 1 => {
            Some(format!("{{k: v.double().square().mean().sqrt() for k, v in {of}.items()}}"))
        }
        // What GGUF's own library has for it.
        "cast" if word(1)?.starts_with("\"q") || word(1)?.starts_with("\"iq") => {
            let kind = word(1)?.trim_matches('"').to_uppercase();
            // Which tensor is of which type is more than a line says.
            let is_written = matches!(kind.as_str(), "Q4_0" | "Q4_1" | "Q5_0" | "Q5_1" | "Q8_0");
            if option("pure").is_some_and(|pure| pure != "True") || !is_written {
                return None;
            }
            let kept = kept(words.get(3..));
            Some(format!(
                "{{k: gguf.quants.quantize(v.float().numpy(), gguf.GGMLQuantizationType.{kind}) if v.is_floating_point() and v.ndim > 1{kept} else v for k, v in {of}.items()}}"
            ))
        }
        "cast" => {
            let dtype = match word(1)?.strip_prefix('"') {
                Some(name) => format!("torch.{}", name.trim_end_matches('"')),
                None => word(1)?.to_owned(),
            };
            let kept = kept(words.get(3..));
            Some(format!(
                "{{k: v.to({dtype}) if v.is_floating_point(){kept} else v for k, v in {of}.items()}}"
            ))
        }
        "transpose" => {
            let dims = option("dims").unwrap_or("(0, 1)");
            changed(&of, word(1)?, &format!("v.transpose(*{dims}).contiguous()"))
        }
        "slice" => {
            let (start, end) = word(2)?.trim_matches('"').split_once(':')?;
            let part = format!("slice({}, {})", none_if_empty(start), none_if_empty(end));
            let rows = match option("dim") {
                None | Some("0") => format!("v[{start}:{end}]"),
                Some(dim) => format!("v[(slice(None),) * {dim} + ({part},)]"),
            };
            changed(&of, word(1)?, &format!("{rows}.clone()"))
        }
        "cut" => changed(&of, word(1)?, &format!("v[:{}].clone()", word(3)?)),
        "grow" => match option("rows").map(|rows| rows.trim_matches(['"', '\''])) {
            None | Some("zeros") => {
                let rows = format!("v.new_zeros({} - len(v), *v.shape[1:])", word(3)?);
                changed(&of, word(1)?, &format!("torch.cat([v, {rows}])"))
            }
            Some("mean") => {
                let rows = format!("v.mean(0, keepdim=True).expand({} - len(v), *v.shape[1:])", word(3)?);
                changed(&of, word(1)?, &format!("torch.cat([v, {rows}])"))
            }
            Some(_) => None,
        },
        "move" => Some(format!("{{({} if k == {} else k): v for k, v in {of}.items()}}", word(3)?, word(1)?)),
        "tie" => {
            Some(format!("{{k: {of}[{}] if k == {} else v for k, v in {of}.items()}}", word(3)?, word(1)?))
        }
        "untie" => changed(&of, word(1).unwrap_or("\"*\""), "v.clone()"),
        "split" => split(&of, words, option),
        "average" => average(words),
        "lerp" => {
            let (b, t) = (word(1)?, word(2)?);
            Some(floating(&of, &format!("torch.lerp(v, {b}[k], {t})")))
        }
        "task" => {
            let (base, scale) = (option("base")?, option("scale").unwrap_or("1"));
            let tuned = words.get(1..)?;
            if tuned.len() > 1 && scale.starts_with(['[', '(']) {
                return None;
            }
            let changes = tuned.iter().map(|tuned| format!("({tuned}[k].to(t) - {base}[k].to(t))"));
            let sum = match changes.collect::<Vec<_>>().as_slice() {
                [one] => one.clone(),
                several => format!("({})", several.join(" + ")),
            };
            Some(computed(&of, &format!("v.to(t) + {scale} * {sum}")))
        }
        _ => None,
    }
}

fn is_picture(word: &str) -> bool {
    let word = word.trim_matches(['"', '\'']);
    word.ends_with(".svg") || word.ends_with(".png")
}

/// The test of patterns that leave tensors as they are.
fn kept(patterns: Option<&[String]>) -> String {
    match patterns {
        Some(patterns) if !patterns.is_empty() => {
            let tests: Vec<String> =
                patterns.iter().map(|pattern| format!("fnmatch.fnmatch(k, {pattern})")).collect();
            format!(" and not ({})", tests.join(" or "))
        }
        _ => String::new(),
    }
}

/// `rename p to m`, `rename p "^module\." ""`, `rename p "encoder.*" "enc.*"`
fn rename(of: &str, words: &[String]) -> Option<String> {
    match words {
        [_, to, other] if to == "to" => Some(format!(
            "{{next((b for b in {other} if b.endswith(a) or a.endswith(b)), a): v for a, v in {of}.items()}}"
        )),
        [_, preset, _] if preset == "preset" => None,
        [_, pattern, new] if new.contains('*') => {
            let inner = |text: &str| text.trim_matches(['"', '\'']).to_owned();
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '*');
            let escaped = |c: char| if plain(c) { c.to_string() } else { format!("\\{c}") };
            let pattern: String = inner(pattern).chars().map(escaped).collect();
            let mut places = 0..;
            let new: String =
                inner(new)
                    .chars()
                    .map(|c| {
                        if c == '*' { format!("\\{}", places.next().unwrap_or(0) + 1) } else { c.to_string() }
                    })
                    .collect();
            let pattern = pattern.replace('*', "(.*?)");
            Some(format!("{{re.sub(r\"^{pattern}$\", r\"{new}\", k): v for k, v in {of}.items()}}"))
        }
        [_, pattern, new] => Some(format!("{{re.sub({pattern}, {new}, k): v for k, v in {of}.items()}}")),
        [_, mapping] if !mapping.starts_with(['"', '\'']) => {
            Some(format!("{{{mapping}.get(k, k): v for k, v in {of}.items()}}"))
        }
        _ => None,
    }
}

/// The tensors of a pattern changed, the others as they are.
fn changed(of: &str, pattern: &str, change: &str) -> Option<String> {
    Some(format!("{{k: {change} if fnmatch.fnmatch(k, {pattern}) else v for k, v in {of}.items()}}"))
}

/// What floating-point tensors become; the others are the first one's.
fn floating(of: &str, made: &str) -> String {
    format!("{{k: {made} if v.is_floating_point() else v for k, v in {of}.items()}}")
}

fn average(words: &[String]) -> Option<String> {
    let place = words.iter().position(|word| word == "weights");
    let (given, weights) = match place {
        Some(place) => (words.get(..place)?, words.get(place + 1..)?),
        None => (words, [].as_slice()),
    };
    let (first, others) = given.split_first()?;
    let tensors: Vec<String> =
        std::iter::once("v".to_owned()).chain(others.iter().map(|other| format!("{other}[k]"))).collect();
    let tensors: Vec<String> = tensors.into_iter().map(|tensor| format!("{tensor}.to(t)")).collect();
    let made = match weights {
        [] => format!("({}) / {}", tensors.join(" + "), tensors.len()),
        weights => weighted(weights, &tensors)?,
    };
    Some(computed(first, &made))
}

/// A weighted average, each product added with one rounding. The weights' sum is of the tensors' precision.
fn weighted(weights: &[String], tensors: &[String]) -> Option<String> {
    let ((weight, first), others) =
        (weights.first().zip(tensors.first())?, weights.iter().zip(tensors).skip(1));
    let added: String = others.map(|(weight, tensor)| format!(".add({tensor}, alpha={weight})")).collect();
    let numbers: Vec<f64> = weights.iter().map(|weight| weight.parse().unwrap_or(f64::NAN)).collect();
    let single = numbers.iter().fold(0.0_f32, |sum, weight| sum + *weight as f32);
    // More than four are added in another order.
    let is_one = weights.len() <= 4 && numbers.iter().sum::<f64>() == 1.0 && single == 1.0;
    Some(match is_one {
        true => format!("({weight} * {first}){added}"),
        false => {
            format!("({weight} * {first}){added} / torch.tensor([{}], dtype=t).sum()", weights.join(", "))
        }
    })
}

/// As [`floating`], computed in single precision at least: `t` is the dtype of that.
fn computed(of: &str, made: &str) -> String {
    format!(
        "{{k: ({made}).to(v.dtype) if v.is_floating_point() else v for k, v in {of}.items() \
         for t in [torch.promote_types(v.dtype, torch.float32)]}}"
    )
}

/// `split p "*.qkv.weight" into q k v`, where the pattern ends in plain text.
fn split<'a>(of: &str, words: &[String], option: &dyn Fn(&str) -> Option<&'a str>) -> Option<String> {
    let pattern = words.get(1)?;
    let text = pattern.trim_matches(['"', '\'']);
    let tail = text.strip_prefix('*').filter(|tail| !tail.contains(['*', '?', '[']))?;
    let names = words.get(3..).filter(|names| !names.is_empty())?;
    let ends: Option<Vec<String>> = names
        .iter()
        .map(|name| {
            let name = name.trim_matches(['"', '\'']);
            let end =
                if let Some(end) = name.strip_prefix('*') { end.to_owned() } else { part_key(tail, name) };
            (!end.contains('*')).then(|| format!("\"{end}\""))
        })
        .collect();
    let (ends, dim) = (ends?.join(", "), option("dim").unwrap_or("0"));
    let parts = match option("sizes") {
        Some(sizes) => format!("v.split({sizes}, {dim})"),
        None => format!("v.chunk({}, {dim})", names.len()),
    };
    let names = format!("[k[:-{}] + end for end in ({ends},)]", tail.len());
    Some(format!(
        "{{n: t.clone() for k, v in {of}.items() for n, t in (zip({names}, {parts}) if fnmatch.fnmatch(k, {pattern}) \
         else [(k, v)])}}"
    ))
}

/// The key of a part of a joined tensor: `blocks.0.attn.qkv.weight` and `q` give `blocks.0.attn.q.weight`, as
/// `attn.in_proj_weight` gives `attn.q.weight`.
pub fn part_key(key: &str, name: &str) -> String {
    let under = |before: Option<&str>, name: &str| match before {
        Some(before) => format!("{before}.{name}"),
        None => name.to_owned(),
    };
    let parent = |key: &str| key.rsplit_once('.').map(|(before, _)| before.to_owned());
    let last = key.rsplit('.').next().unwrap_or_default();
    let is_field = matches!(last, "weight" | "bias");
    // Where the last part says only what it is of a layer, the layer's name is what changes.
    let before = parent(key).and_then(|before| if is_field { parent(&before) } else { Some(before) });
    let says_all = name.contains('.') || name.ends_with("weight") || name.ends_with("bias");
    let field = match last.rsplit_once('_') {
        _ if says_all => None,
        _ if is_field => Some(last),
        Some((_, field @ ("weight" | "bias"))) => Some(field),
        _ => None,
    };
    match field {
        Some(field) => under(before.as_deref(), &format!("{name}.{field}")),
        None => under(before.as_deref(), name),
    }
}

fn none_if_empty(text: &str) -> &str {
    if text.is_empty() { "None" } else { text }
}
