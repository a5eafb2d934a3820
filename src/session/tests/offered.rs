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
