//! Verbs that are given whole checkpoints, and words that nothing understands.

use super::sight::run;
use super::{shown, with_session};
use crate::Session;

const SETUP: &[&str] = &[
    "net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))",
    "opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)",
    "net(torch.ones(1, 2)).sum().backward(); opt.step()",
    "c = {'epoch': 3, 'state_dict': net.state_dict(), 'optimizer': opt.state_dict()}",
    "d = {'epoch': 4, 'state_dict': {k: v + 1 for k, v in net.state_dict().items()}, 'optimizer': opt.state_dict()}",
    "light = {'epoch': 3, 'state_dict': {'model.' + k: v for k, v in net.state_dict().items()}, 'optimizer_states': [opt.state_dict()], 'loops': {'fit': {'n': 1}}}",
    "both = {'model': net.state_dict(), 'ema': net.state_dict()}",
    "several = [net.state_dict(), net.state_dict()]",
    "whole = {'epoch': 1, 'model': net}",
];

fn prepared(session: &Session) {
    for line in SETUP {
        let outcome = session.execute(line);
        assert!(outcome.error.is_none(), "{line}: {:?}", outcome.error);
    }
}

#[test]
fn looking_goes_down_into_a_checkpoint() {
    with_session(|session, _| {
        prepared(session);
        let has = |line: &str, words: &[&str]| {
            let shown = shown(session, line);
            words.iter().for_each(|word| assert!(shown.contains(word), "{line}: {word}\n{shown}"));
        };
        has("items c", &["epoch", "state_dict", "optimizer"]);
        has("items c \"*0.weight\"", &["state_dict.0.weight", "[3, 2]"]);
        has("keys c", &["epoch\nstate_dict\noptimizer"]);
        has("describe c", &["state_dict.0.weight", "optimizer.state.0.weight.momentum_buffer"]);
        has("values c \"*bias\"", &["state_dict.1.bias"]);
        has("describe opt.state_dict()", &["state.3.momentum_buffer"]);
        has("describe opt", &["state.3.momentum_buffer"]);
        has("find c \"0.weight\"", &["state_dict.0.weight"]);
        has("find light \"*.bias\"", &["state_dict.model.1.bias"]);
        has("find several \"1.bias\"", &["0.1.bias", "1.1.bias"]);
        has("find whole \"1.bias\"", &["model.1.bias"]);
        has("describe whole", &["model.0.weight"]);
        has("tree c", &["─ state_dict", "momentum_buffer", "─ epoch"]);
        let (tree, items) = (shown(session, "tree c 2"), shown(session, "items c"));
        assert!(
            tree != items && tree.contains("─ state_dict") && !tree.contains("momentum_buffer"),
            "{tree}"
        );
        has("storages c", &["state_dict.0.weight"]);
        has("storages both", &["model.0.weight, ema.0.weight"]);
        has("diff c d", &["epoch", "state_dict.0.weight", "numbers"]);
        assert!(!shown(session, "diff c d").contains("optimizer"));
        has("diff c c", &["no difference"]);
        has("diff c net", &["no difference in 4 entries"]);
    });
}

#[test]
fn changing_takes_the_state_dict_inside_and_says_so() {
    with_session(|session, kept| {
        prepared(session);
        for (line, result, expected) in [
            ("p = keep c \"0.*\"", "sorted(p)", "['0.bias', '0.weight']"),
            ("p = drop c \"0.*\"", "sorted(p)", "['1.bias', '1.weight']"),
            ("p = filter c shape== [1]", "sorted(p)", "['1.bias']"),
            ("p = filter c shape== d", "len(p)", "4"),
            ("p = rename c \"^0\" \"a\"", "sorted(p)[2:]", "['a.bias', 'a.weight']"),
            ("p = prefix c \"x.\"", "sorted(p)[0]", "'x.0.bias'"),
            ("p = strip light \"model.\"", "sorted(p)[0]", "'0.bias'"),
            ("p = rename light to net", "sorted(p)[0]", "'0.bias'"),
            ("load_state_dict d into net", "net[1].bias.item() == d['state_dict']['1.bias'].item()", "True"),
            ("load_state_dict c into opt", "len(opt.state)", "4"),
            ("load_state_dict light into opt", "len(opt.state)", "4"),
            ("p = keep whole \"0.*\"", "len(p)", "2"),
            ("m = {'1.bias': torch.zeros(1)}\nupdate c m", "c['state_dict']['1.bias'].item()", "0.0"),
        ] {
            kept.complaints.borrow_mut().clear();
            let outcome = session.execute(line);
            assert!(outcome.error.is_none(), "{line}: {:?}", outcome.error);
            let told = kept.complaints.borrow().clone();
            assert!(told.starts_with("in ") && told.contains("\"]"), "{line}: {told}");
            assert_eq!(shown(session, result), expected, "{line}");
        }
        session.execute("update c {'epoch': 9}");
        assert_eq!(shown(session, "c['epoch']"), "9");
        let report = shown(session, "match light to net");
        assert!(report.contains("matched 4 of 4 keys"), "{report}");
        for line in [
            "keep both \"0.*\"",
            "load_state_dict both into net",
            "strip several \"0.\"",
            "match both to net",
        ] {
            let error = shown(session, line);
            assert!(
                error.contains("holds 2 state_dicts") && error.contains("(4 tensors)"),
                "{line}: {error}"
            );
        }
    });
}

#[test]
fn a_load_says_what_it_came_to() {
    with_session(|session, kept| {
        prepared(session);
        let told = |line: &str| {
            kept.complaints.borrow_mut().clear();
            session.execute(line);
            kept.complaints.borrow().clone()
        };
        session.execute("m = net.state_dict()");
        assert_eq!(told("load_state_dict m into net"), "loaded all 4 entries of the model\n");
        session.execute("p = {'0.weight': m['0.weight'], 'other': m['0.bias']}");
        assert_eq!(
            told("load_state_dict p into net strict=False"),
            "loaded 1 of the model's 4 entries (46.1% of its numbers), 3 missing, 1 not used\n"
        );
        session.execute("p = {'x.' + k: v for k, v in m.items()}");
        assert_eq!(
            told("load_state_dict p into net strict=False"),
            "warning: nothing was loaded: none of the keys is among the model's 4 entries\n"
        );
        assert_eq!(
            told("load_state_dict opt.state_dict() into opt"),
            "loaded the state of 4 parameters, 1 group\n"
        );
    });
}

#[test]
fn doubtful_pairs_are_left_out_unless_told() {
    with_session(|session, kept| {
        session.execute(
            "p = {'a.weight': torch.ones(2, 2), 'b.weight': torch.ones(2, 2), 'fc.bias': torch.ones(3)}",
        );
        session.execute(
            "m = {'c.weight': torch.ones(2, 2), 'd.weight': torch.ones(2, 2), 'fc.bias': torch.ones(3)}",
        );
        let report = shown(session, "match p to m");
        assert!(
            report.contains("a.weight  c.weight") && report.contains("doubtful: same shape, in order"),
            "{report}"
        );
        assert!(report.contains("matched 1 of 3 keys, 1 under the same key, 2 doubtful"), "{report}");
        kept.complaints.borrow_mut().clear();
        assert_eq!(shown(session, "q = rename p to m\nsorted(q)"), "['a.weight', 'b.weight', 'fc.bias']");
        let told = "renamed 0 of 3 keys\n2 doubtful pairs left as they are (guess=True takes them): match shows which\n";
        assert_eq!(*kept.complaints.borrow(), told);
        assert_eq!(
            shown(session, "q = rename p to m guess=True\nsorted(q)"),
            "['c.weight', 'd.weight', 'fc.bias']"
        );
        session.execute("meta = {f'layers.{i}.attention.wq.weight': torch.ones(4, 4) for i in range(2)}");
        session.execute(
            "hf = {f'model.layers.{i}.self_attn.q_proj.weight': torch.ones(4, 4) for i in range(2)}",
        );
        let report = shown(session, "match meta to hf").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            report.contains("matched 2 of 2 keys; the rows of wq and wk must be permuted too"),
            "{report}"
        );
    });
}

#[test]
fn what_is_not_understood_is_an_error() {
    with_session(|session, _| {
        prepared(session);
        session.execute("m = net.state_dict()");
        for line in [
            "who | wc",
            "who x",
            "history x",
            "history 1 2",
            "traceback x",
            "tutorial x",
            "tutorial 99",
            "record a b",
            "edit x",
            "pwd x",
            "exit now",
            "quit 3 4",
            "items m banana=7",
            "diff m m banana=7",
            "match m to m atol=1e-2",
            "describe m depth=2",
            "tree m 1 2",
            "keys m x=1",
            "find m \"a\" case=True",
            "storages m x",
            "hist m 1 2 3",
            "update m m x=1",
            "strip m \"a\" x=1",
            "prefix m \"a\" \"b\"",
            "drop m \"a\" x=1",
            "rename m \"a\" \"b\" guess=True",
            "rename m to m banana=7",
            "match m to m guess=True",
            "filter m shape== m x=1",
            "load_state_dict m into net banana=7",
            "save m \"x.pt\" banana=7",
        ] {
            let outcome = session.execute(line);
            let error = outcome.error.unwrap_or_default();
            assert!(error.contains("Error"), "{line}: {:?} {:?}", outcome.shown, outcome.exit);
        }
        assert!(!std::path::Path::new("a b").exists() && !std::path::Path::new("x.pt").exists());
    });
}

/// Containers below the depth that is laid flat hold tensors too, and share them.
#[test]
fn differences_deep_within_are_found() {
    with_session(|session, _| {
        let nest = "def nest(w):\n    x = {'w': w}\n    for i in range(30):\n        x = {'a': x, 'c': [x, x]}\n    return x";
        for line in [nest, "a, b, c = nest(torch.ones(2)), nest(torch.ones(2)), nest(torch.zeros(2))"] {
            assert!(session.execute(line).error.is_none(), "{line}");
        }
        assert!(shown(session, "diff a b").contains("no difference"), "{}", shown(session, "diff a b"));
        assert!(!shown(session, "diff a c").contains("no difference"), "{}", shown(session, "diff a c"));
    });
}

#[test]
fn a_tree_of_what_is_held_again_and_again_is_refused() {
    with_session(|session, _| {
        for line in [
            "a = {i: torch.ones(1) for i in range(100)}",
            "for _ in range(5): a = {i: a for i in range(100)}",
        ] {
            assert!(session.execute(line).error.is_none(), "{line}");
        }
        let error = session.browse_tree("a").err().unwrap();
        assert!(error.message().contains("more than 500000 places"), "{error}");
        assert_eq!(session.browse_tree("a[0][0][0][0]").unwrap().nodes.len(), 10_100);
    });
}

#[test]
fn whole_models_in_a_checkpoint_are_part_of_its_overview() {
    with_session(|session, _| {
        prepared(session);
        let text = shown(session, "{'epoch': 1, 'model': net, 'ema': None, 'names': {0: 'cat'}}");
        assert!(text.contains("model  Sequential  4 tensors · 13 elements"), "{text}");
        assert!(text.contains("epoch  int         1") && !text.contains("in_features"), "{text}");
        // What holds no weights is Python's own text.
        assert!(shown(session, "{'act': nn.ReLU()}").contains("{'act': ReLU()}"));
    });
}

#[test]
fn a_pattern_that_fits_nothing_is_an_error_in_every_verb_that_changes() {
    with_session(|session, _| {
        run(session, &["p = {'module.w': torch.ones(2, 2), 'module.b': torch.ones(2)}"]);
        for line in [
            "strip p \"nope.\"",
            "drop p \"nope.*\"",
            "drop p \"module.*\" \"nope.*\"",
            "keep p \"nope.*\"",
            "keep p \"*.w\" \"nope.*\"",
            "rename p \"^nope\" \"a\"",
            "rename p \"nope.*\" \"a.*\"",
            "rename p {'nope': 'a'}",
            "cast p float16 keep \"nope*\"",
            "cast p float16 keep \"*.w\" \"nope*\"",
        ] {
            let said = shown(session, line);
            assert!(said.contains("nope") && said.contains("missing_ok=True lets it pass"), "{line}: {said}");
            let said = shown(session, &format!("q = {line} missing_ok=True\nlen(q)"));
            assert!(!said.contains("Error") && !said.is_empty(), "{line}: {said}");
        }
        for line in [
            "rename p preset \"_orig_mod.\"",
            "split p \"nope*\" into a b",
            "join p \"nope*\" \"*\" into \"x*\"",
            "transpose p \"nope*\"",
            "slice p \"nope*\" 0:1",
            "grow p \"nope*\" to 3",
            "cut p \"nope*\" to 1",
            "resample p \"nope*\" to 2x2",
            "inflate p \"nope*\" to 2",
            "untie p \"nope*\"",
            "move p \"nope\" to \"a\"",
            "tie p \"module.w\" to \"nope\"",
        ] {
            let said = shown(session, line);
            assert!(said.contains("no key") || said.contains("no tensor's key"), "{line}: {said}");
        }
        // That is what filter was asked.
        assert_eq!(shown(session, "q = filter p key~ \"nope\"\nlen(q)").lines().last(), Some("0"));
    });
}

#[test]
fn what_no_dtype_holds_is_told_by_verbs_of_images_too() {
    with_session(|session, kept| {
        let folder = tempfile::tempdir().unwrap();
        run(
            session,
            &[
                &format!("at = {:?}", format!("{}/", folder.path().display())),
                "save {'conv.weight': torch.full((1, 3, 1, 1), 6e4).half()} (at + \"x.pt\")",
                "p = load(at + \"x.pt\")",
            ],
        );
        kept.complaints.borrow_mut().clear();
        run(session, &["q = inflate p \"conv.weight\" to 1", "save q (at + \"y.pt\")"]);
        let said = kept.complaints.borrow().clone();
        assert!(
            said.contains("finite numbers that float16 cannot hold") && said.contains("conv.weight (1)"),
            "{said}"
        );
    });
}

#[test]
fn explain_says_which_part_of_a_checkpoint_is_taken() {
    with_session(|session, kept| {
        prepared(session);
        let explained = |line: &str| shown(session, line);
        assert_eq!(
            explained("explain keep c \"0.*\""),
            "{k: v for k, v in c[\"state_dict\"].items() if fnmatch.fnmatch(k, \"0.*\")}"
        );
        assert_eq!(explained("explain load_state_dict c into net"), "net.load_state_dict(c[\"state_dict\"])");
        assert_eq!(explained("explain keep c[\"state_dict\"] \"0.*\""), explained("explain keep c \"0.*\""));
        assert!(kept.complaints.borrow().is_empty());
        assert!(explained("explain find c \"0.*\"").contains("c[\"state_dict\"].items()"));
        assert!(
            kept.complaints
                .borrow()
                .contains("of a whole checkpoint find shows all entries, under their paths")
        );
    });
}

#[test]
fn a_best_score_is_no_state_dict() {
    with_session(|session, kept| {
        session.execute(
            "c = {'state_dict': {'net.w': torch.ones(2), 'n': torch.tensor(1)}, \
             'callbacks': {'ModelCheckpoint': {'best_model_score': torch.tensor(0.3)}}}",
        );
        assert!(session.execute("p = strip c \"net.\"").error.is_none(), "{}", kept.complaints.borrow());
        assert_eq!(shown(session, "sorted(p)"), "['n', 'w']");
    });
}

#[test]
fn weights_beside_a_log_are_no_curves() {
    with_session(|session, _| {
        session.execute(
            "c = {'state_dict': {'w': torch.ones(2, 2), 'b': torch.ones(2)}, 'losses': [3.0, 2.0, 1.0]}",
        );
        let drawn = shown(session, "plot c");
        assert!(drawn.contains("losses  █▅▁") && !drawn.contains("state_dict"), "{drawn}");
        assert!(drawn.contains("across: position 0 to 2"), "{drawn}");
    });
}
