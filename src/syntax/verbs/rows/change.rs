//! Verbs that take and rename entries.

use super::super::{FNMATCH, Form, Verb};

/// In the order of help.
pub(super) const ROWS: &[&Verb] = &[&FILTER, &KEEP, &DROP, &RENAME, &STRIP, &PREFIX, &UPDATE];

/// Of verbs that are an error where a pattern fits nothing.
const MISSING_OK: &[(&str, &str)] = &[("missing_ok=True", "patterns that fit nothing pass")];

const PATTERNS: &str = "* stands for any text, ? for one character, [*] for a star. A pattern that fits no key is an error unless missing_ok=True.";

/// `filter`
pub const FILTER: Verb = Verb::new("filter", Form::Filter, "filter p shape== m")
    .carries_optimizer()
    .says("Keeps the entries that pass a test, and says why others do not")
    .details(
        "Keeps what has the same shape in m. The tests:\n\n\
             \x20   shape dtype device        == !=\n\
             \x20   ndim numel nbytes         == != < <= > >=\n\
             \x20   key                       == != ~ !~   (~: a regular expression)\n\
             \x20   where                     any condition over k and v\n\n\
             They compare with m's entry under the same key, or with a value:\n\n\
             \x20   p = filter p key~ \"^encoder\\.\"\n\
             \x20   p = filter p dtype== float16\n\
             \x20   p = filter p numel> 1e6\n\
             \x20   p = filter p where v.ndim == 4 and \"conv\" in k\n\n\
             Where nothing passes the test, the result is an empty dictionary, as with a comprehension in Python. (drop, keep, strip and \
             their like say which keys are meant, and are an error where there is none.)",
    )
    .examples(&[(
        "p = {\"a.w\": torch.ones(2), \"b.w\": torch.ones(3)}\np = filter p shape== [2]\nkeys p",
        "a.w",
    )]);

/// `keep`
pub const KEEP: Verb = Verb::new("keep", Form::Plain, "keep p \"encoder.*\" … [missing_ok=True]")
    .python(&["", FNMATCH, "{k: v for k, v in {0}.items() if any(fnmatch.fnmatch(k, f) for f in ({*}))}"])
    .options(MISSING_OK)
    .carries_optimizer()
    .says("Keeps only the keys that match a pattern")
    .details(PATTERNS)
    .examples(&[("keep {\"head.w\": 1, \"body.w\": 2} \"head.*\"", "{'head.w': 1}")]);

/// `drop`
pub const DROP: Verb = Verb::new("drop", Form::Plain, "drop p \"head.*\" … [missing_ok=True]")
    .python(&[
        "",
        "{k: v for k, v in {0}.items() if not fnmatch.fnmatch(k, {1})}",
        "{k: v for k, v in {0}.items() if not any(fnmatch.fnmatch(k, f) for f in ({*}))}",
    ])
    .options(MISSING_OK)
    .carries_optimizer()
    .says("Removes the keys that match a pattern")
    .details(PATTERNS)
    .examples(&[("drop {\"head.w\": 1, \"body.w\": 2} \"head.*\"", "{'body.w': 2}")]);

/// `rename`
pub const RENAME: Verb = Verb::new("rename", Form::Phrase(&["to", "preset"]), "rename p \"^module\\.\" \"\" or rename p to m [guess=True] or rename p preset \"…\" or rename p \"map.json\" [missing_ok=True]")
    .options(&[
        ("guess=True", "pairs that are doubtful, too"),
        ("heads=", "how many heads there are, of Llama"),
        ("kv_heads=", "how many heads keys and values have, where these are fewer"),
        ("missing_ok=True", "a pattern that fits nothing passes"),
    ])
    .carries_optimizer()
    .says("Renames keys, by a regular expression or as another model has them")
    .details("By a regular expression, as Python's re.sub; by a pattern with *, where the new key has * too; by a mapping, \
             a dictionary or the .json file of one ({\"*.qkv.weight\": [\"*.q.weight\", \"*.k.weight\", \"*.v.weight\"]} splits, a list on \
             the left of a pair joins). rename p to m gives each tensor the key that match finds for it in m; pairs that match marks \
             as doubtful are left out unless guess=True. rename p preset \"hf vit to timm vit\" has the names of another library: \
             help presets lists them. Two keys that become one are an error, and a pattern or a mapping \
             that fits no key unless missing_ok=True.")
    .examples(&[("rename {\"module.fc.w\": 1} \"^module\\.\" \"\"", "{'fc.w': 1}")]);

/// `strip`
pub const STRIP: Verb = Verb::new("strip", Form::Plain, "strip p \"module.\" [missing_ok=True]")
    .python(&["", "{k.removeprefix({1}): v for k, v in {0}.items()}"])
    .options(MISSING_OK)
    .carries_optimizer()
    .says("Removes a text from the beginning of keys")
    .details("Keys that do not begin with it stay as they are. It is an error if two keys become the same, and if no key begins with it, unless missing_ok=True.")
    .examples(&[("strip {\"module.w\": 1} \"module.\"", "{'w': 1}")]);

/// `prefix`
pub const PREFIX: Verb = Verb::new("prefix", Form::Plain, "prefix p \"backbone.\"")
    .python(&["", "{{1} + k: v for k, v in {0}.items()}"])
    .carries_optimizer()
    .says("Puts a text before every key")
    .examples(&[("prefix {\"w\": 1} \"net.\"", "{'net.w': 1}")]);

/// `update`
pub const UPDATE: Verb = Verb::new("update", Form::Joined("with"), "update m p")
    .python(&["", "{0}.update({1})"])
    .of_two()
    .says("Puts one dictionary's entries into another")
    .details("update m with p is the same. Says how many were added, replaced and left.")
    .examples(&[("m = {\"a\": 1}\nupdate m {\"a\": 2, \"b\": 3}\nm", "{'a': 2, 'b': 3}")]);
