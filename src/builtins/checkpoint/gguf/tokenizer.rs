//! What tokenizer.json says of a vocabulary, as llama.cpp's metadata.

use std::collections::HashMap;
use std::path::Path;

use serde_json::Value as Json;

use super::json;
use torchsh_base::error::Result;
use torchsh_checkpoint::write::{GgufMetadata, Meta};
use torchsh_language::value::Vm;

/// Kinds of tokens (`llama_token_type`).
const NORMAL: i32 = 1;
const UNKNOWN: i32 = 2;
const CONTROL: i32 = 3;
const DEFINED: i32 = 4;
const UNUSED: i32 = 5;
const BYTE: i32 = 6;

/// llama.cpp's names for what cuts a text into words, by the regular expression that does.
const CUTTERS: &[(&str, &str)] = &[
    (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        "llama-bpe",
    ),
    (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        "qwen2",
    ),
    (
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        "tekken",
    ),
];

/// The special tokens: as tokenizer_config.json and config.json call them, and as the file does.
const SPECIAL: &[(&str, &str)] = &[
    ("bos", "tokenizer.ggml.bos_token_id"),
    ("eos", "tokenizer.ggml.eos_token_id"),
    ("unk", "tokenizer.ggml.unknown_token_id"),
    ("sep", "tokenizer.ggml.seperator_token_id"),
    ("pad", "tokenizer.ggml.padding_token_id"),
    ("mask", "tokenizer.ggml.mask_token_id"),
];

/// The tokens by their numbers, each with its kind.
struct Tokens(Vec<Option<(String, i32)>>);

/// The vocabulary of a folder, for an embedding of so many rows. What cannot be told is said.
pub fn metadata(vm: &dyn Vm, folder: &Path, config: &Json, rows: i64) -> Result<GgufMetadata> {
    let Some(tokenizer) = json(folder, "tokenizer.json")? else {
        vm.notice("no tokenizer.json there: the file has no vocabulary, and llama.cpp does not load it");
        return Ok(GgufMetadata::new());
    };
    let about = json(folder, "tokenizer_config.json")?.unwrap_or(Json::Null);
    let model = tokenizer.get("model").unwrap_or(&Json::Null);
    let kind = model.get("type").and_then(Json::as_str).unwrap_or("BPE");
    let has_bytes = model.get("byte_fallback").and_then(Json::as_bool) == Some(true);
    let name = match (kind, has_bytes) {
        ("BPE", false) => "gpt2",
        ("BPE", true) => "llama",
        ("WordPiece", _) => "bert",
        _ => {
            vm.notice(&format!(
                "a vocabulary of the kind {kind} is not written here: llama.cpp does not load the file"
            ));
            return Ok(GgufMetadata::new());
        }
    };
    let mut tokens = Tokens::of(&tokenizer, usize::try_from(rows).unwrap_or(0));
    let numbers = tokens.numbers();
    let mut all = vec![("tokenizer.ggml.model".to_owned(), Meta::Text(name.to_owned()))];
    let mut put = |name: &str, value: Meta| all.push((name.to_owned(), value));
    match name {
        "bert" => {
            tokens.as_words();
            let count = config.get("type_vocab_size").and_then(Json::as_i64).unwrap_or(2);
            put("tokenizer.ggml.token_type_count", Meta::integer(count));
        }
        "llama" => {
            tokens.with_bytes(model);
            put("tokenizer.ggml.pre", Meta::Text("default".to_owned()));
        }
        _ => put("tokenizer.ggml.pre", Meta::Text(cutter(vm, &tokenizer).to_owned())),
    }
    let merges = merges(model);
    put("tokenizer.ggml.tokens", tokens.texts()?);
    if name == "llama" {
        put("tokenizer.ggml.scores", tokens.scores(&merges)?);
    }
    put("tokenizer.ggml.token_type", tokens.kinds()?);
    if name == "gpt2" {
        put("tokenizer.ggml.merges", Meta::list(merges.into_iter().map(Meta::Text).collect())?);
    }
    all.extend(special(&tokenizer, &about, config, &numbers));
    if let Some(template) = template(folder, &about) {
        all.push(("tokenizer.chat_template".to_owned(), Meta::Text(template)));
    }
    Ok(all)
}

impl Tokens {
    fn of(tokenizer: &Json, rows: usize) -> Tokens {
        let mut tokens = Tokens(vec![None; rows]);
        let vocabulary = tokenizer.pointer("/model/vocab").and_then(Json::as_object);
        for (text, number) in vocabulary.into_iter().flatten() {
            tokens.put(number, text, NORMAL);
        }
        let unknown = tokenizer.pointer("/model/unk_token").and_then(Json::as_str);
        for added in tokenizer.get("added_tokens").and_then(Json::as_array).into_iter().flatten() {
            let is_special = added.get("special").and_then(Json::as_bool) == Some(true);
            let text = added.get("content").and_then(Json::as_str).unwrap_or_default();
            let is_unknown =
                unknown == Some(text) && tokenizer.pointer("/model/byte_fallback") == Some(&Json::Bool(true));
            let kind = match (is_unknown, is_special) {
                (true, _) => UNKNOWN,
                (_, true) => CONTROL,
                _ => DEFINED,
            };
            tokens.put(added.get("id").unwrap_or(&Json::Null), text, kind);
        }
        tokens
    }

    fn put(&mut self, number: &Json, text: &str, kind: i32) {
        // A vocabulary of more tokens than the embedding has rows is longer than the model: llama.cpp says so.
        const MOST: usize = 1 << 24;
        let Some(number) =
            number.as_u64().and_then(|number| usize::try_from(number).ok()).filter(|n| *n < MOST)
        else {
            return;
        };
        if number >= self.0.len() {
            self.0.resize(number + 1, None);
        }
        if let Some(place) = self.0.get_mut(number) {
            *place = Some((text.to_owned(), kind));
        }
    }

    fn numbers(&self) -> HashMap<String, u32> {
        let known =
            self.0.iter().zip(0..).filter_map(|(token, number)| Some((token.as_ref()?.0.clone(), number)));
        known.collect()
    }

    /// Words begin with a bar, and what goes on with one has no marks, as llama.cpp has BERT's tokens.
    fn as_words(&mut self) {
        for (text, kind) in self.0.iter_mut().flatten().filter(|(_, kind)| *kind != CONTROL) {
            *text = match text.strip_prefix("##") {
                Some(rest) => rest.to_owned(),
                None => format!("\u{2581}{text}"),
            };
            debug_assert!(*kind != CONTROL);
        }
    }

    /// `<0x0A>` stands for a byte.
    fn with_bytes(&mut self, model: &Json) {
        let unknown = model.get("unk_token").and_then(Json::as_str);
        for (text, kind) in self.0.iter_mut().flatten() {
            let digits = text.strip_prefix("<0x").and_then(|rest| rest.strip_suffix('>'));
            if digits.is_some_and(|digits| digits.len() == 2 && u8::from_str_radix(digits, 16).is_ok()) {
                *kind = BYTE;
            } else if unknown == Some(text.as_str()) {
                *kind = UNKNOWN;
            }
        }
    }

    fn texts(&self) -> Result<Meta> {
        let text = |(number, token): (usize, &Option<(String, i32)>)| {
            Meta::Text(token.as_ref().map_or_else(|| format!("[PAD{number}]"), |(text, _)| text.clone()))
        };
        Meta::list(self.0.iter().enumerate().map(text).collect())
    }

    fn kinds(&self) -> Result<Meta> {
        let kind =
            |token: &Option<(String, i32)>| Meta::Signed(token.as_ref().map_or(UNUSED, |(_, kind)| *kind));
        Meta::list(self.0.iter().map(kind).collect())
    }

    /// What is merged first has the highest score, as SentencePiece has it.
    fn scores(&self, merges: &[String]) -> Result<Meta> {
        let mut ranks: HashMap<String, usize> = HashMap::new();
        for (rank, merge) in merges.iter().enumerate() {
            let joined = merge.replacen(' ', "", 1);
            ranks.entry(joined).or_insert(rank);
        }
        let last = merges.len();
        let score = |token: &Option<(String, i32)>| {
            let normal = token.as_ref().filter(|(_, kind)| *kind == NORMAL);
            let rank = normal.map_or(0, |(text, _)| ranks.get(text).copied().unwrap_or(last));
            Meta::Float(-(rank as f32))
        };
        Meta::list(self.0.iter().map(score).collect())
    }
}

/// `a b`, of a vocabulary whose merges are texts or pairs.
fn merges(model: &Json) -> Vec<String> {
    let merge = |merge: &Json| match merge {
        Json::String(text) => Some(text.clone()),
        // A space within a part would be taken for the one between both.
        Json::Array(parts) => {
            let part = |part: &Json| part.as_str().map(|part| part.replace(' ', "\u{120}"));
            parts.iter().map(part).collect::<Option<Vec<_>>>().map(|parts| parts.join(" "))
        }
        _ => None,
    };
    model.get("merges").and_then(Json::as_array).into_iter().flatten().filter_map(merge).collect()
}

/// llama.cpp's name for what cuts texts into words before the merges.
fn cutter(vm: &dyn Vm, tokenizer: &Json) -> &'static str {
    let outer = tokenizer.get("pre_tokenizer").unwrap_or(&Json::Null);
    let steps = match outer.get("pretokenizers").and_then(Json::as_array) {
        Some(steps) => steps.iter().collect(),
        None => vec![outer],
    };
    let kind = |step: &Json| step.get("type").and_then(Json::as_str).unwrap_or("none").to_owned();
    let kinds: Vec<String> = steps.iter().map(|step| kind(step)).collect();
    let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
    let own_words =
        steps.last().is_none_or(|step| step.get("use_regex").and_then(Json::as_bool) != Some(false));
    let expression = steps.iter().find_map(|step| step.pointer("/pattern/Regex").and_then(Json::as_str));
    let found = match (kinds.as_slice(), expression) {
        (["ByteLevel"], None) if own_words => Some("gpt-2"),
        (["Digits", "ByteLevel"], None) if own_words => Some("starcoder"),
        (["Split", "ByteLevel"], Some(expression)) => {
            CUTTERS.iter().find(|(known, _)| *known == expression).map(|(_, name)| *name)
        }
        _ => None,
    };
    found.unwrap_or_else(|| {
        vm.notice(&format!(
            "the pre-tokenizer ({}) is none of those known here: the file says default, and llama.cpp may cut texts otherwise \
             (metadata={{\"tokenizer.ggml.pre\": \"…\"}} says it)",
            kinds.join(", ")
        ));
        "default"
    })
}

fn special(tokenizer: &Json, about: &Json, config: &Json, numbers: &HashMap<String, u32>) -> GgufMetadata {
    let text_of = |name: &str| {
        let token = about.get(format!("{name}_token"))?;
        token.as_str().or_else(|| token.get("content")?.as_str()).map(str::to_owned)
    };
    // Where there is no beginning and no end, BERT's marks are meant.
    let text = |name: &str| match name {
        "bos" => text_of("bos").or_else(|| text_of("cls")),
        "eos" => text_of("eos").or_else(|| text_of("sep")),
        name => text_of(name),
    };
    let mut all = GgufMetadata::new();
    for (name, key) in SPECIAL {
        let given = config.get(format!("{name}_token_id"));
        let given = given.and_then(|given| given.as_u64().or_else(|| given.get(0)?.as_u64()));
        let given = given.and_then(|number| u32::try_from(number).ok());
        let number = text(name).and_then(|text| numbers.get(&text).copied()).or(given);
        all.extend(number.map(|number| ((*key).to_owned(), Meta::Unsigned(number))));
    }
    for (name, place) in [("bos", "/0"), ("eos", "/1")] {
        let said = about.get(format!("add_{name}_token")).and_then(Json::as_bool);
        let said = said.or_else(|| template_adds(tokenizer, place, text(name).as_deref()?));
        all.extend(said.map(|said| (format!("tokenizer.ggml.add_{name}_token"), Meta::Bool(said))));
    }
    all
}

/// Whether the template that is put around a text begins or ends with a token; none where there is no template.
fn template_adds(tokenizer: &Json, place: &str, token: &str) -> Option<bool> {
    let outer = tokenizer.get("post_processor")?;
    let inner = outer.get("processors").and_then(Json::as_array);
    let mut steps = inner.into_iter().flatten().chain(std::iter::once(outer));
    let template =
        steps.find(|step| step.get("type").and_then(Json::as_str) == Some("TemplateProcessing"))?;
    let single = template.get("single")?.as_array()?;
    let end = if place == "/0" { single.first() } else { single.last() };
    Some(end?.pointer("/SpecialToken/id").and_then(Json::as_str) == Some(token))
}

fn template(folder: &Path, about: &Json) -> Option<String> {
    let own = about.get("chat_template").and_then(Json::as_str).map(str::to_owned);
    own.or_else(|| std::fs::read_to_string(folder.join("chat_template.jinja")).ok())
}
