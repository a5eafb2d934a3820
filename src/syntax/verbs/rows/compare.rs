//! Verbs that compare.

use super::super::{Form, MORE, Verb, order};

/// In the order of help.
pub(super) const ROWS: &[&Verb] = &[&DIFF, &MATCH, &CHECK, &FINGERPRINT];

/// `diff`
pub const DIFF: Verb = Verb::new("diff", Form::Joined("with"), "diff m p [\"layer1.*\"] [atol=1e-3] [rtol=1e-3] [through names] [base c] [by max_abs|mean_abs|max_rel|cosine|size|name] [reversed]")
    .sorts_by(order::DIFFERENCES)
    .python(&[
            "",
            "[k for k in {0}.keys() | {1}.keys() if k not in {0} or k not in {1} or not torch.equal({0}[k], {1}[k])]",
            "[k for k in {0}.keys() | {1}.keys() if fnmatch.fnmatch(k, {2}) and (k not in {0} or k not in {1} or not torch.equal({0}[k], {1}[k]))]",
        ])
    .options(&[
        ("atol=1e-3", "numbers that differ by no more are equal"),
        ("rtol=1e-3", "nor by more than this part of the number"),
        ("equal_nan=False", "NaN differs from NaN"),
        ("through=", "pair keys by a dictionary, or by what match found"),
        ("base=", "a third state_dict from which both came"),
    ])
    .called_with(&["first", "second"])
    .tails(&["through", "base"])
    .of_two()
    .says("Compares two: keys, shapes, dtypes, numbers")
    .details("Numbers differ where |a - b| > atol + rtol * |b| (both are 0 unless given), as torch.allclose has it; NaN equals NaN \
             unless equal_nan=False. max abs and mean abs are the largest and the mean |a - b| of the finite numbers. len() of a diff is how many \
             entries differ. Whole checkpoints are compared under the paths of their entries; where these have \
             none in common (model in one, state_dict in the other), or with through, the state_dicts inside are. diff a b through names compares under the names of b: a mapping as rename takes it (also its .json file), or what match \
             found. diff a b by max_abs puts the largest difference first. diff a b base c tells what each of both made of c: which entries one of them changed, both alike, or both differently. torchsh --exit-code ends with status 1 if a diff found a \
             difference; help formats tells what else it says in JSON.")
    .examples(&[("m, p = {\"a\": 1, \"b\": 2}, {\"a\": 1, \"b\": 3}\ndiff m p", "key  difference  m  p\nb    value       2  3\n1 difference, 1 equal")]);

/// `match`
pub const MATCH: Verb = Verb::new("match", Form::Joined("to"), "match p to m")
    .python(&["", MORE])
    .says("Pairs the keys of two, by name and shape")
    .details("Names come first: the same key (these are counted, not listed), a prefix that all have or lack, other separators, the words of other libraries for the same thing (gamma and weight, query and q_proj). Then what is the only one of its \
             shape in a layer whose others are paired. Pairs that only the shape or the order speaks for are marked as \
             doubtful. rename p to m makes use of it and leaves the doubtful ones out.")
    .examples(&[(
            "p, m = {\"module.w\": torch.ones(2)}, {\"w\": torch.ones(2)}\nmatch p to m",
            "key       counterpart  shape  how\nmodule.w  w            [2]    \"module.\" removed\nmatched 1 of 1 key; p = rename p to m gives them the keys of m",
        )]);

/// `check`
pub const CHECK: Verb = Verb::new("check", Form::Joined("into"), "check m into model")
    .python(&[
            "",
            "[(k, k in {0}, k in s) for s in [state_dict({1})] for k in {**s, **{0}} if k not in s or k not in {0} or s[k].shape != {0}[k].shape or s[k].dtype != {0}[k].dtype]",
        ])
    .says("Says what loading into a model would do, without doing it")
    .details("How much of the model would be loaded; what is missing, unexpected or of another shape; dtypes that are converted in \
             silence, and what that does to the numbers; tensors that are one in the model and two in the file, or the \
             other way round; counters of BatchNorm that a file without _metadata leaves as they are. The model may be \
             another state_dict. Nothing is changed. torchsh --exit-code ends with status 1 if load_state_dict would raise, or tied tensors \
             differ in the file.")
    .examples(&[(
            "m, p = {\"a\": torch.ones(2), \"b\": torch.ones(3)}, {\"a\": torch.ones(2).half(), \"c\": torch.ones(1)}\ncheck p into m",
            "key  finding     file         model        detail\nb    missing                  float32 [3]\nc    unexpected  float32 [1]\na    cast        float16 [2]  float32 [2]  exact\nwould not load as it is: 40.0% of the model's numbers and 40.0% of its bytes, 1\nof 2 entries · 1 missing · 1 unexpected · 1 of another dtype\nhint: this loads the keys that are the model's: load_state_dict p into m\nstrict=False",
        )]);

/// `fingerprint`
pub const FINGERPRINT: Verb = Verb::new("fingerprint", Form::Plain, "fingerprint m")
    .python(&[
            "blake3.blake3(b\"\".join(blake3.blake3(k.encode()).digest() + blake3.blake3(f\"{v.dtype} {list(v.shape)}\\n\".encode() + b\"\".join(blake3.blake3(b[i:i + 2**20]).digest() for i in range(0, len(b), 2**20))).digest() for k, v in sorted({0}.items()) for b in [v.contiguous().flatten().view(torch.uint8).numpy().tobytes()])).hexdigest()",
        ])
    .says("Makes one digest of names and contents, the same in every format")
    .details("Equal for the same tensors under the same keys in a .pt, a safetensors, shards, a GGUF of the same dtypes, in any order. \
             Each tensor is cut into blocks of a MiB, in the order of its indices; its digest is the BLAKE3 of a line with dtype and \
             shape and of the digests of its blocks, the whole that of the digests of key and tensor, sorted by key. explain \
             shows it as Python (pip install blake3). JSON gives the digest of every tensor; f[\"fingerprint\"] is the text.")
    .examples(&[(
            "f = fingerprint {\"w\": torch.tensor([1.0, 2.0])}\nf[\"fingerprint\"]",
            "'62a2ab208b93591cfe9ba575b216db506f9ea756abba1e12ead4cd5316537237'",
        )]);
