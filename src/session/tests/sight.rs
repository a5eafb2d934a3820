//! Verbs that judge, and what loading does with other shapes.

use super::{shown, with_session};
use crate::Session;

pub(super) fn run(session: &Session, lines: &[&str]) {
    for line in lines {
        let outcome = session.execute(line);
        assert!(outcome.error.is_none(), "{line}: {:?}", outcome.error);
    }
}

/// The findings of a line, as `key finding`.
fn found(session: &Session, line: &str) -> Vec<String> {
    run(session, &[&format!("found = {line}")]);
    let shown = shown(session, "'\\n'.join(f['key'] + ' ' + f['finding'] for f in found['findings'])");
    shown.trim_matches('\'').split("\\n").filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

const NET: &[&str] = &[
    "class Net(nn.Module):\n    def __init__(self, n=10, v=20):\n        super().__init__()\n        \
     self.emb = nn.Embedding(v, 4)\n        self.bn = nn.BatchNorm2d(8)\n        self.act = nn.ReLU()\n        \
     self.fc = nn.Linear(4, n)\n        self.out = nn.Linear(4, v, bias=False)\n        self.out.weight = self.emb.weight",
    "net = Net()",
];

#[test]
fn health_puts_what_is_wrong_first() {
    with_session(|session, _| {
        run(
            session,
            &[
                "e = torch.arange(40.0).reshape(10, 4) + 1",
                "e[0] = 0; e[5:8] = 0",
                "base = torch.arange(100.0)",
                "m = {'b': torch.zeros(4), 'e': e, 'same': e.clone(), 'tie': e, 'n': torch.tensor(0), \
                 'x': torch.tensor([1.0, float('nan'), -float('inf')]), 'h': torch.arange(6.0).reshape(2, 3).half(), \
                 'v': base[:10], 'w': base[5:20], 'big': torch.tensor([1e6, 2.0]), 'den': torch.tensor([1e-40, 1.0])}",
            ],
        );
        let expected = [
            "x nan",
            "x inf",
            "e dead rows",
            "same dead rows",
            "same duplicate",
            "tie dead rows",
            "big huge",
            "den denormal",
            "b all zero",
            "tie tied",
            "h other dtype",
            "v dead bytes",
            "w overlaps",
        ];
        assert_eq!(found(session, "health m"), expected);
        assert_eq!(
            shown(session, "found['bad'], found['odd'], found['dead_bytes'], len(found)"),
            "(2, 6, 320, 13)"
        );
        assert_eq!(shown(session, "found['findings'][2]['detail']"), "'rows 0, 5-7'");
        assert!(
            shown(session, "health {'a': torch.ones(2) * 3 + torch.arange(2)}")
                .starts_with("nothing wrong · 1 tensor")
        );
        assert!(shown(session, "found['nothing']").contains("KeyError"));
    });
}

#[test]
fn check_says_what_loading_would_do_and_changes_nothing() {
    with_session(|session, _| {
        run(session, NET);
        run(
            session,
            &[
                "p = {k: v.half() if v.is_floating_point() else v for k, v in Net(100).state_dict().items() if 'num_b' not in k}",
                "del p['out.weight']; p['more'] = torch.ones(1)",
                "before = {k: v.clone() for k, v in net.state_dict().items()}",
            ],
        );
        let expected = [
            "fc.weight shape",
            "fc.bias shape",
            "out.weight missing",
            "more unexpected",
            "emb.weight cast",
            "bn.weight cast",
            "bn.bias cast",
            "bn.running_mean cast",
            "bn.running_var cast",
            "bn.num_batches_tracked filled in",
        ];
        assert_eq!(found(session, "check p into net"), expected);
        assert_eq!(
            shown(session, "found['loads'], found['loaded'], found['entries'], found['casts']"),
            "(False, 6, 9, 5)"
        );
        assert_eq!(
            shown(session, "all(torch.equal(v, before[k]) for k, v in net.state_dict().items())"),
            "True"
        );
        // What PyTorch itself says of it.
        run(session, &["q = {k: v for k, v in p.items() if not k.startswith('fc')}"]);
        run(session, &["told = net.load_state_dict(q, strict=False)"]);
        run(session, &["found = check q into net"]);
        for (kind, field) in [("missing", "missing_keys"), ("unexpected", "unexpected_keys")] {
            let line =
                format!("[f['key'] for f in found['findings'] if f['finding'] == '{kind}'] == told.{field}");
            assert_eq!(shown(session, &line), "True", "{kind}");
        }
        run(session, &["s = Net().state_dict()"]);
        assert_eq!(found(session, "check s into net"), ["out.weight tied"]);
        // A model without memory, as those are that wait for their file.
        run(session, &["light = Net().to('meta')", "light.out.weight = light.emb.weight"]);
        assert_eq!(found(session, "check s into light"), ["out.weight tied"]);
        run(session, &["s['out.weight'] = torch.zeros(20, 4)"]);
        assert_eq!(found(session, "check s into net"), ["out.weight conflict"]);
        let hint = "hint: all 9 unexpected keys match when \"module.\" is removed: s = strip s \"module.\"";
        run(session, &["s = prefix s \"module.\""]);
        let checked = shown(session, "check s into net");
        assert!(checked.replace('\n', " ").ends_with(hint), "{checked}");
        assert!(!shown(session, "check net into net").contains("hint"));
        assert!(
            shown(session, "check s into torch.optim.SGD(net.parameters())").contains("not an optimizer")
        );
    });
}

/// The Python that `explain` gives, run beside the verb.
#[test]
fn what_explain_says_of_a_verb_finds_the_same() {
    with_session(|session, _| {
        run(session, NET);
        run(session, &["p = Net(6, 30).state_dict()", "del p['bn.weight']; p['more'] = p['bn.bias'].half()"]);
        let python = shown(session, "explain check p into net");
        run(session, &[&format!("right = {python}"), "found = check p into net"]);
        let own = "sorted({f['key'] for f in found['findings'] if f['finding'] not in ('tied', 'version')})";
        assert_eq!(shown(session, &format!("{own} == sorted({{k for k, *_ in right}})")), "True");
        for line in [
            "load_state_dict p into net overlap=True strict=False",
            "load_state_dict p into net skip_mismatched=True strict=False",
        ] {
            run(
                session,
                &[
                    "p = Net(6, 30).state_dict()",
                    "net = Net()",
                    "start = {k: v.clone() for k, v in net.state_dict().items()}",
                ],
            );
            run(session, &[line, "own = {k: v.clone() for k, v in net.state_dict().items()}"]);
            run(session, &["net = Net(); _ = net.load_state_dict(start)"]);
            run(session, &[&shown(session, &format!("explain {line}"))]);
            let same = "all(torch.equal(v, own[k]) for k, v in net.state_dict().items())";
            assert_eq!(shown(session, same), "True", "{line}");
            assert_eq!(shown(session, "torch.equal(own['bn.running_var'], p['bn.running_var'])"), "True");
        }
        run(
            session,
            &["m = {'a': torch.tensor([1.0, float('nan')]), 'b': torch.zeros(2)}", "found = health m"],
        );
        run(session, &[&format!("right = {}", shown(session, "explain health m"))]);
        assert_eq!(shown(session, "right['a'][0].item(), right['b'][2].item()"), "(1, True)");
        assert_eq!(shown(session, "[f['count'] for f in found['findings']]"), "[1, None]");
    });
}

#[test]
fn other_shapes_are_loaded_in_part_or_left_out() {
    with_session(|session, kept| {
        run(session, NET);
        run(session, &["p = Net(6, 30).state_dict()", "del p['out.weight']", "w = net.fc.weight.clone()"]);
        kept.complaints.borrow_mut().clear();
        run(session, &["load_state_dict p into net overlap=True strict=False"]);
        let said = kept.complaints.borrow().clone();
        assert!(
            said.starts_with(
                "copied what both have of 3 entries:\n  emb.weight: [20, 4] of [20, 4], from [30, 4]\n"
            ),
            "{said}"
        );
        assert!(said.contains("3 in part, 1 missing"), "{said}");
        assert_eq!(
            shown(
                session,
                "torch.equal(net.fc.weight[:6], p['fc.weight']), torch.equal(net.fc.weight[6:], w[6:])"
            ),
            "(True, True)"
        );
        kept.complaints.borrow_mut().clear();
        run(
            session,
            &[
                "net = Net(); w = net.fc.weight.clone()",
                "load_state_dict p into net skip_mismatched=True strict=False",
            ],
        );
        assert!(kept.complaints.borrow().contains("fc.weight: [6, 4] in the file, [10, 4] in the model\n"));
        assert_eq!(shown(session, "torch.equal(net.fc.weight, w)"), "True");
        // Neither hides what else is wrong, and neither is passed over where it does nothing.
        assert!(
            shown(session, "load_state_dict p into net skip_mismatched=True")
                .contains("Missing key(s) in state_dict: \"out.weight\"")
        );
        run(session, &["p['fc.bias'] = torch.ones(2, 2)"]);
        assert!(
            shown(session, "load_state_dict p into net overlap=True strict=False")
                .contains("fc.bias: [2, 2] and [10] have nothing in common")
        );
        run(session, &["opt = torch.optim.SGD(net.parameters(), lr=0.1)"]);
        assert!(
            shown(session, "load_state_dict opt.state_dict() into opt overlap=True")
                .contains("are for a state_dict into a model")
        );
    });
}

#[test]
fn what_a_state_dict_says_of_its_modules_stays_with_its_entries() {
    with_session(|session, _| {
        run(session, NET);
        run(session, &["s = net.state_dict()", "own = list(s._metadata)"]);
        for (line, expected) in [
            ("strip s \"\"", "['', 'emb', 'bn', 'act', 'fc', 'out']"),
            ("prefix s \"net.\"", "['net', 'net.emb', 'net.bn', 'net.act', 'net.fc', 'net.out']"),
            ("strip q \"net.\"", "['', 'emb', 'bn', 'act', 'fc', 'out']"),
            ("rename q \"^bn\" \"norm\"", "['', 'emb', 'norm', 'act', 'fc', 'out']"),
            ("keep q \"norm.*\"", "['', 'emb', 'norm', 'act', 'fc', 'out']"),
            ("drop q \"*.bias\"", "['', 'emb', 'norm', 'act', 'fc', 'out']"),
            ("filter q shape== [8]", "['', 'emb', 'norm', 'act', 'fc', 'out']"),
        ] {
            run(session, &[&format!("q = {line}")]);
            assert_eq!(shown(session, "list(q._metadata)"), expected, "{line}");
            assert_eq!(shown(session, "type(q).__name__"), "'OrderedDict'", "{line}");
        }
        assert_eq!(shown(session, "q._metadata['norm']"), "{'version': 2}");
        assert_eq!(shown(session, "list(s._metadata) == own"), "True");
        assert_eq!(shown(session, "hasattr({k: v for k, v in s.items()}, '_metadata')"), "False");
        run(session, &["d = strip {'a.b': 1} \"a.\""]);
        assert_eq!(shown(session, "type(d).__name__"), "'dict'");
    });
}

#[test]
fn a_fingerprint_is_of_names_and_contents_alone() {
    with_session(|session, _| {
        let folder = tempfile::tempdir().unwrap();
        run(session, &[&format!("import os; at = {:?}", format!("{}/", folder.path().display()))]);
        run(session, NET);
        run(
            session,
            &[
                "import blake3",
                "m = net.state_dict()",
                "big = {'w': torch.randn(700, 600), 't': torch.randn(600, 700).t(), 'b': torch.ones(3).bfloat16()}",
            ],
        );
        run(
            session,
            &[
                "m.update(big)",
                "save m (at + \"a.pt\")",
                "save m (at + \"a.safetensors\")",
                "os.mkdir(at + 's')",
                "save m (at + \"s/a.safetensors\") max_shard_size=\"1MB\"",
            ],
        );
        run(session, &["own = fingerprint m"]);
        for line in [
            "load(at + 'a.pt')",
            "load(at + 'a.safetensors')",
            "load(at + 's')",
            "{k: m[k].clone().contiguous() for k in reversed(list(m))}",
        ] {
            run(session, &[&format!("p = {line}"), "other = fingerprint p"]);
            assert_eq!(
                shown(session, "own['fingerprint'] == other['fingerprint'], own == other"),
                "(True, True)",
                "{line}"
            );
        }
        let python = shown(session, "explain fingerprint m");
        assert_eq!(shown(session, &format!("{python} == own['fingerprint']")), "True");
        for line in [
            "{**m, 'b': m['b'].float()}",
            "{**m, 'b': torch.ones(3, 1).bfloat16()}",
            "{'x' + k: v for k, v in m.items()}",
            "{**m, 'w': m['w'] + 1}",
        ] {
            run(session, &[&format!("p = {line}"), "other = fingerprint p"]);
            assert_eq!(shown(session, "own['fingerprint'] == other['fingerprint']"), "False", "{line}");
        }
        assert!(
            shown(session, "fingerprint {'a': torch.ones(2, device='meta')}")
                .contains("a: on the meta device: no data")
        );
        run(
            session,
            &[
                "q = {'q': torch.quantize_per_tensor(torch.ones(3), 0.5, 0, torch.qint8), 's': torch.eye(3).to_sparse()}",
                "one = fingerprint q",
            ],
        );
        run(
            session,
            &[
                "q['q'] = torch.quantize_per_tensor(torch.ones(3) * 2, 1.0, 0, torch.qint8)",
                "two = fingerprint q",
            ],
        );
        assert_eq!(shown(session, "one == two"), "False");
    });
}

#[test]
fn a_pickle_is_judged_by_what_it_would_call() {
    with_session(|session, _| {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
        write("evil.pkl", b"cposix\nsystem\n(S'echo no'\ntR.");
        write("hidden.pkl", b"\x80\x02c__builtin__\ngetattr\nc__builtin__\neval\nX\x01\x00\x00\x00a\x86R.");
        write("broken.pkl", b"cos\nsystem\n(S'echo no'\ntR");
        write("odd.pkl", b"cmine\nThing\n)R.");
        write("plain.pkl", b"}.");
        for (name, verdict, bad) in [
            ("evil.pkl", "dangerous", "[('posix.system', 1)]"),
            ("hidden.pkl", "dangerous", "[('__builtin__.getattr', 1), ('__builtin__.eval', 0)]"),
            ("broken.pkl", "dangerous", "[('os.system', 1)]"),
            ("odd.pkl", "unknown", "[]"),
            ("plain.pkl", "safe", "[]"),
        ] {
            run(session, &[&format!("f = inspect_pickle {:?}", folder.path().join(name))]);
            assert_eq!(shown(session, "f['verdict']"), format!("'{verdict}'"), "{name}");
            let names = "[(n['name'], n['calls']) for n in f['names'] if n['verdict'] == 'dangerous']";
            assert_eq!(shown(session, names), bad, "{name}");
        }
        assert_eq!(
            shown(session, "explain inspect_pickle \"x.pt\""),
            "torch.serialization.get_unsafe_globals_in_checkpoint(\"x.pt\")"
        );
        assert!(shown(session, "inspect_pickle \"no such file\"").contains("FileNotFoundError"));
        assert!(shown(session, "inspect_pickle 3").contains("wants a file name in quotes, not int"));
    });
}

#[test]
fn size_counts_what_is_shared_once() {
    with_session(|session, _| {
        run(session, NET);
        run(session, &["m = net.state_dict()", "f = size m"]);
        // 80 shared, 32 and a counter of BatchNorm, 50 of the head.
        assert_eq!(shown(session, "f['shared'], f['numbers'], f['now'], f['float16']"), "(1, 163, 656, 332)");
        let python = shown(session, "explain size m");
        run(
            session,
            &[
                "w = {'w': torch.ones(4, 5)}",
                "f = size w",
                &format!("right = {}", python.replace("m.values", "w.values")),
            ],
        );
        assert_eq!(
            shown(session, "(f['float32'], f['float16']) == (right['float32'], right['float16'])"),
            "True"
        );
    });
}

#[test]
fn a_diff_sees_through_names_and_from_a_base() {
    with_session(|session, _| {
        run(
            session,
            &[
                "c = {k: torch.ones(n) for k, n in [('w', 3), ('x', 2), ('y', 4), ('z', 1), ('k', 5)]}",
                "a = {**c, 'w': torch.tensor([1., 2., 1.]), 'x': torch.zeros(2), 'y': torch.zeros(4)}",
                "b = {**c, 'w': torch.tensor([1., 3., 1.]), 'y': torch.zeros(4), 'new': torch.ones(6)}",
                "del b['z']",
                "found = diff a b base c",
            ],
        );
        let rows = "[(f['key'], f['first'], f['second'], f['together']) for f in found['differences']]";
        let expected = "[('w', 'numbers', 'numbers', 'conflict'), ('x', 'numbers', None, 'first alone'), \
                        ('y', 'numbers', 'numbers', 'alike'), ('z', None, 'removed', 'second alone'), \
                        ('new', None, 'added', 'second alone')]";
        let one_line = |text: String| text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        assert_eq!(one_line(shown(session, rows)).replace("[ ", "["), expected);
        assert_eq!(shown(session, "found['base'], found['equal'], found['conflicts']"), "('c', 1, 1)");
        run(session, &[&format!("right = {}", shown(session, "explain diff a b base c"))]);
        let same = "{k for k, v in right.items() if any(v)} == {f['key'] for f in found['differences']}";
        assert_eq!(shown(session, same), "True");
        assert_eq!(shown(session, "found = diff a b \"w\" base c\nlen(found['differences'])"), "1");
        assert!(shown(session, "diff a b base 3").contains("wants a state_dict or a model, not int"));

        run(session, &["p = {'module.' + k: v for k, v in a.items()}", "names = match p to a"]);
        assert!(shown(session, "diff p a through names").starts_with("no difference in 5 entries"));
        run(session, &["some = {'module.w': 'w', 'module.x': 'x'}"]);
        let shown_some = shown(session, "diff p b \"?\" through some");
        assert!(shown_some.starts_with("key  difference"), "{shown_some}");
        run(session, &[&format!("right = {}", shown(session, "explain diff p b through some"))]);
        run(session, &["found = diff p b through some"]);
        assert_eq!(
            shown(session, "len(found) == len(right), 'w' in right, 'k' in right, 'module.k' in right"),
            "(True, True, True, True)"
        );
        assert!(
            shown(session, "diff p a through {'nothing': 'w'}")
                .contains("none of the names is a key of the first")
        );
        assert!(
            shown(session, "diff p a through {'module.w': 'w', 'module.x': 'w'}")
                .contains("would both become 'w'")
        );
        assert!(
            shown(session, "diff p a through 3")
                .contains("through wants a mapping, its .json file or what match found, not int")
        );
        // A side may have the name of such a word.
        run(session, &["base, through = a, a"]);
        for line in ["diff a base", "diff a through", "diff base through \"w\"", "diff a with base \"w\""] {
            assert!(shown(session, line).starts_with("no difference"), "{line}");
        }
        assert_eq!(shown(session, "explain diff a b base c").lines().count(), 1);
    });
}

#[test]
fn what_is_not_found_is_found_nearly() {
    with_session(|session, kept| {
        run(session, &["m = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)).state_dict()"]);
        for (wanted, key, said) in [
            ("rnnmean", "1.running_mean", "no key contains \"rnnmean\"; this one comes near"),
            ("wieght", "0.weight", "no key contains \"wieght\"; these come near"),
            ("*.BIAS", "1.bias", "no key fits \"*.BIAS\"; these come near"),
        ] {
            kept.complaints.borrow_mut().clear();
            assert!(shown(session, &format!("find m \"{wanted}\"")).contains(key), "{wanted}");
            assert_eq!(kept.complaints.borrow().trim_end(), said);
        }
        kept.complaints.borrow_mut().clear();
        assert_eq!(shown(session, "find m \"zzz\""), "0 tensors");
        assert_eq!(kept.complaints.borrow().trim_end(), "no key contains \"zzz\"");
    });
}
