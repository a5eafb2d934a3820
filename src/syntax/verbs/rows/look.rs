//! Verbs that look.

use super::super::{FNMATCH, Form, Verb, order};

/// In the order of help.
pub(super) const ROWS: &[&Verb] = &[
    &ITEMS,
    &KEYS,
    &VALUES,
    &TREE,
    &DESCRIBE,
    &FIND,
    &HIST,
    &HEAT,
    &PLOT,
    &STORAGES,
    &HEALTH,
    &SIZE,
    &MANIFEST,
    &VERIFY,
    &INSPECT_PICKLE,
];

/// `items`
pub const ITEMS: Verb = Verb::new("items", Form::Plain, "items m [\"layer1.*\"] [by size|name|shape] [reversed]")
    .python(&["{0}.items()", "{k: v for k, v in {0}.items() if fnmatch.fnmatch(k, {1})}.items()"])
    .sorts_by(order::ENTRIES)
    .looks_into_any()
    .says("Shows the entries as a table")
    .details("Key, shape, dtype, device, size and share of the whole, with totals. by size puts the largest first, by \
             name counts as people do (2 before 10), by shape compares the sizes; reversed reverses the order.")
    .examples(&[("m = {\"w\": torch.ones(2, 3), \"b\": torch.ones(2)}\nitems m", "key  shape   dtype    device  size  share\nw    [2, 3]  float32  cpu     24 B  75.0%  ██████\nb    [2]     float32  cpu      8 B  25.0%  ██\n2 tensors · 8 elements · 32 B · float32 · cpu")]);

/// `keys`
pub const KEYS: Verb = Verb::new("keys", Form::Plain, "keys m [\"*.bias\"] [by name|size|shape] [reversed]")
    .sorts_by(order::KEYS)
    .python(&["{0}.keys()", "[k for k in {0} if fnmatch.fnmatch(k, {1})]"])
    .looks_into_any()
    .says("Lists the keys, one a line")
    .examples(&[("m = state_dict(nn.Linear(2, 1))\nkeys m", "weight\nbias")]);

/// `values`
pub const VALUES: Verb =
    Verb::new("values", Form::Plain, "values m [\"*.bias\"] [by max|min|mean|std|size|shape] [reversed]")
        .sorts_by(order::VALUES)
        .python(&["{0}.values()", "[v for k, v in {0}.items() if fnmatch.fnmatch(k, {1})]"])
        .looks_into_any()
        .says("Shows the entries with a summary of their numbers")
        .details("As describe does it.")
        .examples(&[(
            "m = {\"w\": torch.tensor([1.0, 3.0])}\nvalues m",
            "key  shape  dtype    min  max  mean    std\nw    [2]    float32    1    3     2  1.414",
        )]);

/// `tree`
pub const TREE: Verb = Verb::new("tree", Form::Plain, "tree m [\"layer1.*\"] [DEPTH]")
    .python(&["sorted({k.rpartition(\".\")[0] for k in {0}})", "sorted({\".\".join(k.split(\".\")[:-1][:{1}]) for k in {0}})",
            "sorted({\".\".join(k.split(\".\")[:-1][:{2}]) for k in {0} if fnmatch.fnmatch(k, {1})})"])
    .looks_into_any()
    .says("Shows the keys as a tree of modules, with subtotals")
    .details("Of the keys that fit a pattern, if there is one; DEPTH says how many levels are shown.")
    .examples(&[("m = {\"a.w\": torch.ones(2, 3), \"a.b\": torch.ones(2)}\ntree m", "module   shape      dtype    elements  size\n(all)    2 tensors                  8  32 B\n└─ a     2 tensors                  8  32 B\n   ├─ w  [2, 3]     float32         6  24 B\n   └─ b  [2]        float32         2   8 B\n2 tensors · 8 elements · 32 B · float32 · cpu")]);

/// `describe`
pub const DESCRIBE: Verb = Verb::new("describe", Form::Plain, "describe m [\"*.weight\"] [by max|min|mean|std|size|name|shape] [reversed]")
    .sorts_by(order::NUMBERS)
    .python(&[
            "{k: (v.min(), v.max(), v.double().mean(), v.double().std()) for k, v in {0}.items()}",
            "{k: (v.min(), v.max(), v.double().mean(), v.double().std()) for k, v in {0}.items() if fnmatch.fnmatch(k, {1})}",
        ])
    .looks_into_any()
    .says("Shows minimum, maximum, mean and deviation of each")
    .details("Of the finite numbers; NaN and infinities are counted beside them. The deviation is that of a sample, as torch.std \
             gives it. Quantized tensors are described by their values. by max, mean and std put the largest first, by min the smallest.")
    .examples(&[("m = {\"w\": torch.tensor([1.0, 3.0])}\ndescribe m", "key  shape  dtype    min  max  mean    std\nw    [2]    float32    1    3     2  1.414")]);

/// `find`
pub const FIND: Verb = Verb::new("find", Form::Plain, "find m \"bn*.running_mean\" [by size|name|shape] [reversed]")
    .sorts_by(order::ENTRIES)
    .python(&["", FNMATCH])
    .looks_into_any()
    .says("Finds the entries whose keys match a pattern")
    .details("Without * or ? it finds keys that contain the text. Where there are none, those that come near are shown: in other capitals, with its \
             parts or its letters in order, or with a typing mistake.")
    .examples(&[("m = {\"a.w\": torch.ones(2, 3), \"a.b\": torch.ones(2)}\nfind m \"w\"", "key  shape   dtype    device  size   share\na.w  [2, 3]  float32  cpu     24 B  100.0%  ████████\n1 tensor · 6 elements · 24 B · float32 · cpu")]);

/// `hist`
pub const HIST: Verb = Verb::new("hist", Form::Phrase(&[]), "hist m[\"conv1.weight\"] [BINS] [\"out.svg\"]")
    .says("Shows a histogram of a tensor's numbers")
    .details("As torch.histc counts them, NaN and infinities left out and counted. hist ckpt \"model.fc.weight\" takes an entry of a checkpoint by \
             the path that items shows, or by its key in the state_dict inside. hist x 40 \"out.svg\" draws it to a file, .svg or .png.")
    .examples(&[("hist torch.tensor([0.0, 0.0, 1.0, 4.0]) 2", "          0  ████████████████████████████████████████ 3\n          2  ██████████████ 1\n          4")]);

/// `heat`
pub const HEAT: Verb = Verb::new("heat", Form::Phrase(&[]), "heat m [\"out.png\"]")
    .says("Shows how large the weights are, by layer and depth")
    .details("The root mean square of each tensor: a row for each kind of weight, a column for each layer. Of one tensor, \
             where its numbers are large, by blocks. A picture in a notebook, shades elsewhere; heat m \"out.png\" draws it to a file, .svg or .png.")
    .examples(&[("m = {\"h.0.w\": torch.ones(2), \"h.1.w\": torch.ones(2) * 3}\nheat m", "key    0 … 1  min  max\nh.*.w  ·█       1    3\nroot mean square of 2 tensors")]);

/// `plot`
pub const PLOT: Verb = Verb::new("plot", Form::Phrase(&[]), "plot losses [\"out.svg\"]")
    .says("Draws numbers as curves")
    .details("A list of numbers or of (x, y), a tensor (one of two dimensions by its rows), a dictionary of such, a log of dictionaries as \
             transformers' Trainer keeps it (by its step), a whole checkpoint: the lists and logs in it. A picture in a notebook, blocks \
             elsewhere; plot x \"loss.svg\" draws it to a file, .svg or .png.")
    .examples(&[("plot {\"loss\": [4.0, 2.0, 1.0]}", "series  curve  last  min  max\nloss    █▃▁       1    1    4\nacross: position 0 to 2")]);

/// `storages`
pub const STORAGES: Verb = Verb::new("storages", Form::Plain, "storages m [by size|name] [reversed]")
    .sorts_by(order::STORAGES)
    .python(&["{k: (v.untyped_storage().data_ptr(), v.untyped_storage().nbytes()) for k, v in {0}.items()}"])
    .looks_into_any()
    .says("Shows which tensors share memory, and how much of it none looks at")
    .details("A storage that several keys view is written once by torch.save, whole, also where only a slice of it is a tensor's: \
             torch.save(…, compact=True) leaves the rest out. safetensors cannot share.")
    .examples(&[("w = torch.ones(4)\nm = {\"w\": w, \"tied\": w, \"slice\": torch.ones(8)[:2]}\nstorages m", "")]);

/// `health`
pub const HEALTH: Verb = Verb::new("health", Form::Plain, "health m [\"*.weight\"] [by name] [reversed]")
    .sorts_by(order::FINDINGS)
    .python(&[
            "{k: (v.isnan().sum(), v.isinf().sum(), (v == 0).all(), v.abs().max()) for k, v in {0}.items()}",
            "{k: (v.isnan().sum(), v.isinf().sum(), (v == 0).all(), v.abs().max()) for k, v in {0}.items() if fnmatch.fnmatch(k, {1})}",
        ])
    .looks_into_any()
    .says("Finds NaN, infinities and what else is odd in the numbers")
    .details("One reading of all bytes. What is worst comes first, or, by name, the keys in their order. Bad: NaN, infinities, what cannot be read. Odd: numbers beyond float16's (65504), \
             denormal ones (float16: from 1% on), weights that are all zero or all the same, rows of zeros, the same numbers under two keys without \
             sharing memory. Notes: tied tensors, bytes of a storage that no tensor looks at, another dtype than most, \
             biases and buffers that are all the same. torchsh --exit-code ends with status 1 if something is bad.")
    .examples(&[(
            "m = {\"w\": torch.tensor([[1.0, float(\"nan\")], [2.0, 3.0]])}\nhealth m",
            "key  finding  count  of  shape   dtype    severity\nw    nan          1   4  [2, 2]  float32  bad\n1 bad · 1 tensor · 4 elements · 16 B · float32 · cpu",
        )]);

/// `size`
pub const SIZE: Verb = Verb::new("size", Form::Plain, "size m [\"*.weight\"]")
    .python(&[
            "{d: b * sum(v.numel() for v in {0}.values()) for d, b in [(\"float32\", 4), (\"float16\", 2)]}",
            "{d: b * sum(v.numel() for k, v in {0}.items() if fnmatch.fnmatch(k, {1})) for d, b in [(\"float32\", 4), (\"float16\", 2)]}",
        ])
    .looks_into_any()
    .says("Shows how many bytes other dtypes would take")
    .details("Bytes by the parts of a model, as they are and as float32, float16, int8 (weights with a float16 scale for each row) and \
             int4 (with one for each 32 numbers, as GGUF's Q4_0). Weights have two dimensions or more; norms and biases stay \
             float16 there, and what is not a float stays what it is. What two keys share counts once.")
    .examples(&[(
            "m = {\"w\": torch.ones(10, 40), \"b\": torch.ones(10)}\nsize m",
            "part   tensors  numbers      now  float32  float16   int8   int4\nw            1      400  1.6 KiB  1.6 KiB    800 B  420 B  360 B\nb            1       10     40 B     40 B     20 B   20 B   20 B\n(all)        2      410  1.6 KiB  1.6 KiB    820 B  440 B  380 B\n2 tensors · int8: weights with a float16 scale a row · int4: weights with a\nfloat16 scale for 32 · the rest float16",
        )]);

/// `manifest`
pub const MANIFEST: Verb = Verb::new("manifest", Form::Plain, "manifest m")
    .python(&["list(manifest({0}))"])
    .looks_into_any()
    .says("Lists every tensor with the checksum of its bytes")
    .details("Of anything that holds tensors, or of a file by its name in quotes: the name in the file, shape, dtype, bytes, the SHA-256 of \
             the contiguous little-endian bytes, and a number where several share one storage. manifest(m), as a function, gives rows, with \
             the expression for each tensor (of p = load(…)); torchsh manifest x.pt writes such rows as JSON, which verify compares a file with.")
    .examples(&[("m = {\"w\": torch.ones(2)}\nmanifest m", "")]);

/// `verify`
pub const VERIFY: Verb = Verb::new("verify", Form::Plain, "verify \"x.pt\" [\"x.jsonl\"]")
    .python(&["verify({0})", "verify({0}, {1})"])
    .says("Reads all of a file and compares its checksums")
    .details("Those that the file holds, or those of a manifest of it that was written before: torchsh manifest x.pt > x.jsonl. \
             torchsh --exit-code ends with status 1 if something is damaged; verify(path), as a function, raises an error.")
    .examples(&[("torch.save({\"w\": torch.ones(2)}, \"example.pt\")\nverify \"example.pt\"", "")]);

/// `inspect_pickle`
pub const INSPECT_PICKLE: Verb = Verb::new("inspect_pickle", Form::Plain, "inspect_pickle \"x.pt\"")
    .python(&["torch.serialization.get_unsafe_globals_in_checkpoint({0})"])
    .says("Says what a file would call if it were unpickled, and how safe that is")
    .details("safe: it asks only for what makes tensors and plain values, or is not a pickle. dangerous: it names something that runs commands or \
             code, opens files, connections or other pickles, as scanners of pickles have it. unknown: anything else, such as the classes of a \
             whole model. Nothing of the file is run, here and by load. torchsh --exit-code ends with status 1 if it is dangerous. \
             inspect_pickle(path), as a function, gives the names as rows.")
    .examples(&[("torch.save({\"w\": torch.ones(2)}, \"example.pt\")\ninspect_pickle \"example.pt\"", "")]);
