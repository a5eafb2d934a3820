//! What completion offers of a file's keys and of file names: nothing that a terminal would act on.

use super::with_session;

const NAME: &str = "fe\u{1b}[31mv\u{7}\u{9b}2J\u{202e}il";

#[test]
fn completion_offers_nothing_raw() {
    with_session(|session, _| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(format!("{NAME}.pt")), "").unwrap();
        std::fs::write(folder.path().join("fine.pt"), "").unwrap();
        let path = folder.path().display();
        let key = "f'fe{chr(27)}[31mv{chr(7)}{chr(0x9b)}2J{chr(0x202e)}il'";
        let made =
            format!("p = {{{key}: torch.ones(2), 'fine': torch.ones(1), 'fe.{NAME}.w': torch.ones(2)}}");
        for line in [made.as_str(), "o = type('O', (), {})()", &format!("setattr(o, {key}, 1); o.fine = 2")] {
            assert!(session.execute(line).error.is_none(), "{line}");
        }
        for line in [
            "p[",
            "p[\"",
            "p[\"f",
            "p[\"fe.",
            "find p \"",
            "o.",
            "o.f",
            &format!("load(\"{path}/"),
            &format!("load \"{path}/"),
            &format!("load {path}/"),
            &format!("!ls {path}/"),
            &format!("torch.load('{path}/f"),
            &format!("save p \"{path}/"),
        ] {
            let offered = session.complete(line, line.len());
            for candidate in &offered.candidates {
                let text = [&*candidate.text, &*candidate.shown, &*candidate.description].concat();
                let raw = text.chars().find(|c| matches!(c, '\u{1b}' | '\u{7}' | '\u{9b}' | '\u{202e}'));
                assert_eq!(raw, None, "{line}: {text:?}");
            }
        }
        let kept = |line: &str| session.complete(line, line.len()).candidates.len();
        assert!(kept("p[\"f") > 0 && kept("o.f") > 0 && kept(&format!("load(\"{path}/")) > 0);
    });
}

#[test]
fn only_what_can_stand_there_is_offered() {
    with_session(|session, _| {
        for line in [
            r#"p = {'a "b" c': torch.ones(2), 'back\\slash': 1, 'fc.w': torch.ones(2)}"#,
            "ckpt = {'epoch': 1, 'state_dict': {'net.w': torch.ones(2), 'net.b': torch.ones(2)}}",
            "x = torch.ones(3)",
        ] {
            assert!(session.execute(line).error.is_none(), "{line}");
        }
        let texts = |line: &str| -> Vec<String> {
            let offered = session.complete(line, line.len()).candidates;
            offered.into_iter().map(|candidate| candidate.text).collect()
        };
        // Blocks of GGUF, not the prompt's `quit`.
        let casts = texts("cast p q");
        assert!(casts.contains(&"q8_0".to_owned()) && casts.contains(&"q4_k_m".to_owned()), "{casts:?}");
        assert!(casts.iter().all(|cast| cast.starts_with('q') && cast != "quit"), "{casts:?}");
        assert_eq!(texts("grow p \"fc.w\" to 4 rows="), ["\"zeros\"", "\"mean\"", "\"random\""]);
        assert_eq!(texts("grow p \"fc.w\" to 4 rows=\"me"), ["mean\""]);
        for line in ["undo ", "redo ", "history ", "who ", "pwd "] {
            assert_eq!(texts(line), Vec::<String>::new(), "{line}");
        }
        let given = texts("torch.topk(x, ");
        assert!(given.contains(&"k=".to_owned()) && !given.contains(&"input=".to_owned()), "{given:?}");
        // Keys that need escapes are written with them.
        assert_eq!(texts(r#"p["a"#), [r#"a \"b\" c"]"#]);
        assert_eq!(texts(r#"p["a \"b"#), [r#"a \"b\" c"]"#]);
        assert_eq!(texts("p['a"), [r#"a "b" c']"#]);
        assert_eq!(texts(r#"p["back"#), [r#"back\\slash"]"#]);
        // A verb that changes takes the state_dict inside.
        assert_eq!(texts("drop ckpt \"net.w"), ["net.w\""]);
        assert!(texts("!cargo-there-is-none-such").is_empty() && texts("!").is_empty());
        assert!(texts("!sh").contains(&"sh".to_owned()));
    });
}

#[test]
fn every_row_says_what_it_does() {
    with_session(|session, _| {
        session.execute("from collections import OrderedDict; d = OrderedDict(a=1); x = torch.ones(2)");
        let described = |line: &str| -> Vec<(String, String)> {
            let offered = session.complete(line, line.len()).candidates;
            offered.into_iter().map(|candidate| (candidate.text, candidate.description)).collect()
        };
        let of = |line: &str, name: &str| {
            let offered = described(line);
            offered.iter().find(|(text, _)| text == name).map(|(_, says)| says.clone()).unwrap_or_default()
        };
        assert_eq!(of("d.k", "keys"), "The keys");
        for line in ["d.", "x.sh"] {
            assert!(described(line).iter().all(|(_, says)| !says.contains("builtin_function")), "{line}");
        }
        assert_eq!(of("set theme ", "light"), "for a light background");
        let schedulers = described("torch.optim.lr_scheduler.");
        let place = |name: &str| schedulers.iter().position(|(text, _)| text == name).unwrap();
        assert!(place("StepLR") < place("partial"), "{schedulers:?}");
    });
}

#[test]
fn a_path_needs_no_quote_to_be_completed() {
    with_session(|session, _| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("some.pt"), "").unwrap();
        let path = folder.path().display();
        let line = format!("load({path}/so");
        let offered = session.complete(&line, line.len());
        assert_eq!(offered.start, "load(".len());
        let texts: Vec<String> = offered.candidates.into_iter().map(|candidate| candidate.text).collect();
        assert_eq!(texts, [format!("\"{path}/some.pt\")")]);
    });
}

#[test]
fn a_page_holds_no_colours() {
    with_session(|session, _| {
        session.execute("m = nn.Linear(3, 2)");
        let screen = session.screen();
        session.set_screen(torchsh_render::Screen { theme: torchsh_render::Theme::Dark, ..screen });
        let page = session.inspect("m").unwrap().plain();
        assert!(page.contains("weight  [2, 3]  float32") && !page.contains('\u{1b}'), "{page:?}");
    });
}
