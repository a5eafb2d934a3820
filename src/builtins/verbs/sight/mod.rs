//! Verbs that judge: health, check and their kin. They read, say what they found, and leave all as it is.

mod casts;
mod check;
mod fingerprint;
mod health;
mod listed;
mod pickle;
mod size;

use super::WORDS;
use torchsh_language::value::{Builtin, Effect};

/// The rows.
pub const ROWS: &[Builtin] = &[
    Builtin::verb("check", WORDS, check::check)
        .says("What loading into a model would do, without doing it")
        .details(
            "How much of the model would be loaded; what is missing, unexpected or of another shape; dtypes that are converted in \
             silence, and what that does to the numbers; tensors that are one in the model and two in the file, or the \
             other way round; counters of BatchNorm that a file without _metadata leaves as they are. The model may be \
             another state_dict. Nothing is changed. torchsh --exit-code leaves with status 1 if load_state_dict would raise, or tied tensors \
             differ in the file.",
        )
        .effect(Effect::Reads)
        .examples(&[(
            "m, p = {\"a\": torch.ones(2), \"b\": torch.ones(3)}, {\"a\": torch.ones(2).half(), \"c\": torch.ones(1)}\ncheck p into m",
            "key  finding     file         model        detail\nb    missing                  float32 [3]\nc    unexpected  float32 [1]\na    cast        float16 [2]  float32 [2]  exact\nwould not load as it is: 40.0% of the model's numbers and 40.0% of its bytes, 1\nof 2 entries · 1 missing · 1 unexpected · 1 of another dtype\nhint: this loads the keys that are the model's: load_state_dict p into m\nstrict=False",
        )]),
    Builtin::verb("health", WORDS, health::health)
        .says("What is wrong or odd about the numbers")
        .details(
            "One reading of all bytes. Bad: NaN, infinities, what cannot be read. Odd: numbers beyond float16's (65504), \
             denormal ones (float16: from 1% on), weights that are all zero or all the same, rows of zeros, the same numbers under two keys without \
             sharing memory. Notes: tied tensors, bytes of a storage that no tensor looks at, another dtype than most, \
             biases and buffers that are all the same. torchsh --exit-code leaves with status 1 if something is bad.",
        )
        .effect(Effect::Reads)
        .examples(&[(
            "m = {\"w\": torch.tensor([[1.0, float(\"nan\")], [2.0, 3.0]])}\nhealth m",
            "key  finding  count  of  shape   dtype    severity\nw    nan          1   4  [2, 2]  float32  bad\n1 bad · 1 tensor · 4 elements · 16 B · float32 · cpu",
        )]),
    Builtin::verb("fingerprint", WORDS, fingerprint::fingerprint)
        .says("One digest of names and contents, whatever the file")
        .details(
            "Equal for the same tensors under the same keys in a .pt, a safetensors, shards, a GGUF of the same dtypes, in any order. \
             Each tensor is cut into blocks of a MiB, in the order of its indices; its digest is the SHA-256 of a line with dtype and \
             shape and of the digests of its blocks, the whole that of the digests of key and tensor, sorted by key. explain \
             shows it as Python. JSON gives the digest of every tensor; f[\"fingerprint\"] is the text.",
        )
        .effect(Effect::Reads)
        .examples(&[(
            "f = fingerprint {\"w\": torch.tensor([1.0, 2.0])}\nf[\"fingerprint\"]",
            "'43b53725bbfb106bd8facf3287e9a0e41498c37a2545df0290dd2fe56deb82d3'",
        )]),
    Builtin::verb("size", WORDS, size::size)
        .says("What the numbers would take in other types")
        .details(
            "Bytes by the parts of a model, as they are and as float32, float16, int8 (weights with a float16 scale for each row) and \
             int4 (with one for each 32 numbers, as GGUF's Q4_0). Weights have two dimensions or more; norms and biases stay \
             float16 there, and what is not a float stays what it is. What two keys share counts once.",
        )
        .effect(Effect::Reads)
        .examples(&[(
            "m = {\"w\": torch.ones(10, 40), \"b\": torch.ones(10)}\nsize m",
            "part   tensors  numbers      now  float32  float16   int8   int4\nw            1      400  1.6 KiB  1.6 KiB    800 B  420 B  360 B\nb            1       10     40 B     40 B     20 B   20 B   20 B\n(all)        2      410  1.6 KiB  1.6 KiB    820 B  440 B  380 B\n2 tensors · int8: weights with a float16 scale a row · int4: weights with a\nfloat16 scale for 32 · the rest float16",
        )]),
    Builtin::verb("inspect_pickle", WORDS, pickle::inspect_pickle)
        .says("What a file would call if it were unpickled, judged")
        .details(
            "safe: it asks only for what makes tensors and plain values, or is not a pickle. dangerous: it names something that runs commands or \
             code, opens files, connections or other pickles, as scanners of pickles have it. unknown: anything else, such as the classes of a \
             whole model. Nothing of the file is run, here and by load. torchsh --exit-code leaves with status 1 if it is dangerous. \
             inspect_pickle(path), as a function, gives the names as rows.",
        )
        .effect(Effect::Reads)
        .examples(&[("torch.save({\"w\": torch.ones(2)}, \"example.pt\")\ninspect_pickle \"example.pt\"", "")]),
];
