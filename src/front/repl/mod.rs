//! The prompt.

mod assistant;
mod keys;
mod pager;
pub mod paths;
mod plain;

use std::io::IsTerminal;
use std::sync::atomic::Ordering;

use rustyline::config::{BellStyle, CompletionType, Config, EditMode};
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Behavior, Editor};

use self::assistant::Assistant;
use super::output::Streams;
use crate::render::width::wrap;
use crate::render::{Role, Theme};
use crate::session::{Outcome, Output, Session};
use crate::syntax::cursor::unpasted;

/// Inputs that the history keeps.
const HISTORY: usize = 20_000;

/// The first screen.
const WELCOME: &str = "ckpt = load(\"model.pt\") opens a checkpoint; items, tree, describe show it.\n\
                       help lists what there is, tutorial shows the way around, Ctrl-D leaves.\n";

/// The first screen below files that were opened.
const OPENED: &str =
    "tree ckpt, describe ckpt and ckpt[\"…\"] look closer; help lists what there is, Ctrl-D leaves.\n";

/// Talks until the end of the input; the exit status.
pub fn converse(session: &Session, output: &Streams, has_opened: bool) -> i32 {
    let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
    if dumb || !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return plain::converse(session, output);
    }
    match editor(session) {
        Ok(editor) => {
            welcome(session, output, if has_opened { OPENED } else { WELCOME });
            open_door_meanwhile();
            talk(editor, session, output)
        }
        Err(_) => plain::converse(session, output),
    }
}

/// Has libtorch there when the first line computes: loading takes as long as a person needs to type a word. What fails, fails again
/// where it matters, and is said there.
fn open_door_meanwhile() {
    let opening = std::thread::Builder::new().name("door".to_owned()).spawn(|| drop(crate::aten::open()));
    drop(opening);
}

/// Opens files as `ckpt`, `ckpt2` …, and shows what they are; how many of them could be opened.
pub fn open(session: &Session, files: &[String], output: &Streams) -> usize {
    let mut count = 0;
    for (i, file) in files.iter().enumerate() {
        let name = if i == 0 { "ckpt".to_owned() } else { format!("ckpt{}", i + 1) };
        let outcome = session.open(&name, file);
        if let Some(text) = &outcome.error {
            output.complain(text);
            continue;
        }
        count += 1;
        // Where the terminal has gone, the prompt says so.
        let text = outcome.shown.unwrap_or_default();
        let _ = output.write(&format!("{name} = load({file:?})\n{text}\n"));
    }
    count
}

type Prompt<'s> = Editor<Assistant<'s>, FileHistory>;

fn editor(session: &Session) -> rustyline::Result<Prompt<'_>> {
    let theme = session.screen().theme;
    let settings = session.settings();
    let config = Config::builder()
        .max_history_size(HISTORY)?
        .history_ignore_dups(true)?
        .completion_type(CompletionType::List)
        .completion_show_all_if_ambiguous(true)
        // No question before a list: it is made to fit.
        .completion_prompt_limit(usize::MAX)
        .edit_mode(if settings.vi { EditMode::Vi } else { EditMode::Emacs })
        .bell_style(BellStyle::None)
        .bracketed_paste(true)
        .auto_add_history(false)
        .indent_size(keys::INDENT)
        .behavior(Behavior::PreferTerm)
        .color_mode(if theme == Theme::None {
            rustyline::ColorMode::Disabled
        } else {
            rustyline::ColorMode::Enabled
        })
        .build();
    let history = FileHistory::with_config(&config);
    let mut editor = Editor::with_history(config, history)?;
    editor.set_helper(Some(Assistant::new(session)));
    keys::bind(&mut editor);
    crate::front::signals::arm();
    if let Some(path) = paths::history() {
        // There is none yet, the first time.
        let _ = editor.load_history(&path);
    }
    Ok(editor)
}

/// Says where to begin, unless somebody has.
fn welcome(session: &Session, output: &Streams, text: &str) {
    let screen = session.screen();
    if session.next_number() == 1 {
        let lines = text.lines().flat_map(|line| wrap(line, screen.columns));
        // Where the terminal has gone, the prompt says so.
        let _ = output
            .write(&lines.map(|line| screen.theme.paint(Role::Faint, &line) + "\n").collect::<String>());
    }
}

fn talk(mut editor: Prompt<'_>, session: &Session, output: &Streams) -> i32 {
    loop {
        super::refit(session);
        match editor.readline(&format!("In [{}]: ", session.next_number())) {
            Ok(text) => {
                // The terminal may have got another size while something was typed.
                super::refit(session);
                let text = unpasted(&text);
                remember(&mut editor, &text);
                if let Some(status) = show(&output.typed(|| session.execute(&text)), session, output) {
                    return status;
                }
            }
            Err(ReadlineError::Interrupted) => session.interrupt().store(false, Ordering::Relaxed),
            Err(ReadlineError::Eof) => return 0,
            Err(error) => {
                output.complain(&format!("torchsh: the terminal cannot be read: {error}\n"));
                return 1;
            }
        }
    }
}

/// Keeps an input for this session and those to come.
fn remember(editor: &mut Prompt<'_>, text: &str) {
    let text = text.trim_end();
    if text.trim().is_empty() || !editor.add_history_entry(text).unwrap_or(false) {
        return;
    }
    if let Some(path) = paths::history() {
        // A history that cannot be written is no reason to stop.
        let _ = path.parent().map(std::fs::create_dir_all);
        let _ = editor.append_history(&path);
    }
}

/// Shows how an input ended; the status to leave with, if it asked to leave.
fn show(outcome: &Outcome, session: &Session, output: &dyn Output) -> Option<i32> {
    if let Some(error) = &outcome.error {
        // The terminal has shown `^C`, and stands after it.
        let gap = if outcome.interrupted { "\n" } else { "" };
        output.complain(&format!("{gap}{error}"));
    }
    if let Some(text) = outcome.shown.as_ref().filter(|text| !(outcome.paged && pager::page(session, text))) {
        let mark = session.screen().theme.paint(Role::Out, &format!("Out[{}]:", outcome.number));
        let text = match (outcome.is_answer, text.contains('\n')) {
            (true, _) => format!("{text}\n"),
            (false, true) => format!("{mark}\n{text}\n"),
            (false, false) => format!("{mark} {text}\n"),
        };
        // Where the terminal has gone, the next read says so.
        let _ = output.write(&text);
    }
    outcome.exit
}
