//! The prompt.

mod ahead;
mod assistant;
mod buffer;
mod desk;
mod keys;
mod menu;
mod pager;
mod pairs;
mod plain;
mod reflow;
mod walk;

use std::io::IsTerminal;
use std::sync::atomic::Ordering;

use rustyline::config::Configurer;
use rustyline::config::{BellStyle, CompletionType, Config, EditMode};
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Behavior, Editor};

use self::ahead::{Ahead, Typed};
use self::assistant::Assistant;
use self::buffer::Buffer;
use self::desk::{Desk, State, Vi};
use super::browse::{self, Browsed, Done};
use super::output::Streams;
use super::signals::{self, Hold};
use super::suspend::suspend;
use super::terminal::{self, Mark};
use torchsh_language::value::DisplayPlace;
use torchsh_render::sanitize::sanitize;
use torchsh_render::width::wrap;
use torchsh_render::{Bundle, Role, highlight};
use torchsh_session::{Outcome, Output, Session, Settings};
use torchsh_syntax::cursor::unpasted;

/// Inputs that the history keeps.
const HISTORY: usize = 20_000;

/// The end of the first screen.
const WELCOME: &str = "help lists what there is, tutorial shows the way around, Ctrl-D leaves.\n";

/// Checkpoints of the folder that the first screen names.
const NAMED: usize = 4;

/// The first screen below files that were opened.
const OPENED: &str = "browse ckpt walks over it, describe ckpt and ckpt[\"…\"] look closer; help lists what there is, Ctrl-D leaves.\n";

/// Talks until the end of the input; the exit status.
pub fn converse(session: &Session, output: &Streams, has_opened: bool) -> i32 {
    let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
    if dumb || !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        // `ssh host torchsh model.pt`: where nobody types, a prompt is only in the way.
        return plain::converse(session, output, !has_opened || std::io::stdin().is_terminal());
    }
    let desk = Desk::default();
    match editor(session, &desk) {
        Ok(editor) => {
            let text = if has_opened { OPENED.to_owned() } else { files_here() + WELCOME };
            welcome(session, output, &format!("{}\n{text}", crate::front::version::version()));
            super::open_door_meanwhile();
            talk(editor, &desk, session, output, (Ahead::default(), Buffer::default()))
        }
        Err(_) => plain::converse(session, output, true),
    }
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

/// Milliseconds after which Escape is a key of its own: a terminal sends the rest of a sequence at once.
const ESCAPE: u16 = 60;

fn edit_mode(settings: &Settings) -> EditMode {
    if settings.vi() { EditMode::Vi } else { EditMode::Emacs }
}

fn editor<'s>(session: &'s Session, desk: &Desk) -> rustyline::Result<Prompt<'s>> {
    let settings = session.settings();
    let config = Config::builder()
        .max_history_size(HISTORY)?
        .history_ignore_dups(true)?
        .completion_type(CompletionType::List)
        .edit_mode(edit_mode(&settings))
        .keyseq_timeout(Some(ESCAPE))
        .bell_style(BellStyle::None)
        .bracketed_paste(true)
        .auto_add_history(false)
        .behavior(Behavior::PreferTerm)
        // Without colours too: the painter writes `...:` before further lines.
        .color_mode(rustyline::ColorMode::Forced)
        .build();
    let history = FileHistory::with_config(&config);
    let mut editor = Editor::with_history(config, history)?;
    editor.set_helper(Some(Assistant::new(session, desk.clone())));
    // While there is one, the editor waits for a change of the window's size as well as for keys. Otherwise it hears of it
    // only if the signal happens to reach the thread that reads, of several.
    if let Ok(printer) = editor.create_external_printer() {
        std::mem::forget(printer);
    }
    keys::bind(&mut editor, desk);
    signals::arm();
    if let Some(path) = crate::front::paths::history() {
        // There is none yet, the first time.
        let _ = editor.load_history(&path);
    }
    Ok(editor)
}

/// The checkpoints of this folder, with how one is opened.
fn files_here() -> String {
    let names = crate::front::opening::checkpoints_here();
    let Some(first) = names.first() else {
        return "ckpt = load(\"model.pt\") opens a checkpoint; items, tree, describe show it.\n".to_owned();
    };
    let left_out = names.len().saturating_sub(NAMED);
    let more = if left_out > 0 { format!(" and {left_out} more") } else { String::new() };
    let listed = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    format!("here: {}{more}; ckpt = load({first:?}) opens one.\n", sanitize(&listed))
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

/// `begun` is what was typed ahead, and what the next input begins with: what came back from `$EDITOR`, or was chosen on the
/// whole screen.
fn talk(
    mut editor: Prompt<'_>,
    desk: &Desk,
    session: &Session,
    output: &Streams,
    (mut ahead, mut begun): (Ahead, Buffer),
) -> i32 {
    loop {
        super::refit(session);
        let typed = match ahead.next() {
            Some(Typed::End) => return 0,
            Some(Typed::Input(text)) => {
                show_typed(session, output, session.next_number(), &text);
                Ok(text)
            }
            None => read(&mut editor, desk, session, &std::mem::take(&mut begun)),
        };
        let left = desk.state().left.take();
        match typed {
            Ok(_) if left.is_some() => {
                suspend();
                begun = left.unwrap_or_default();
            }
            Ok(_) if desk.state().is_abandoned => {
                mark(desk.state().is_marked, Mark::Abandoned, output);
                session.interrupt().store(false, Ordering::Relaxed);
            }
            Ok(text) if desk.state().to_editor => {
                begun = Buffer::at_end(edited(session, output, text));
            }
            Ok(text) => {
                // The terminal may have got another size while something was typed.
                super::refit(session);
                let text = unpasted(&text);
                remember(&mut editor, &text);
                let is_marked = desk.state().is_marked;
                mark(is_marked, Mark::Result, output);
                output.set_pictures(session.settings().get("pictures"));
                let outcome = output.typed(|| session.execute(&text));
                if let Some(expression) = &outcome.browses {
                    let browsed = browse::browse(session, output, expression);
                    begun = show_browsed(&mut editor, browsed, session, output, &mut ahead);
                } else if let Some(status) = show(&outcome, session, output) {
                    mark(is_marked, Mark::Ended(true), output);
                    return status;
                }
                mark(is_marked, Mark::Ended(outcome.error.is_none() && !outcome.has_failed), output);
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

/// Tells the terminal where in its scrollback something begins or ends.
fn mark(is_marked: bool, mark: Mark, output: &dyn Output) {
    if is_marked {
        // Where the terminal has gone, the next read says so.
        let _ = output.write(mark.text());
    }
}

/// Shows what was done on the whole screen as if it had been typed; what the next line is to begin with.
fn show_browsed(
    editor: &mut Prompt<'_>,
    browsed: Browsed,
    session: &Session,
    output: &Streams,
    ahead: &mut Ahead,
) -> Buffer {
    for done in &browsed.done {
        show_done(done, session, output);
        remember(editor, &done.line);
    }
    browsed.fault.iter().for_each(|fault| output.complain(fault));
    ahead.add(&browsed.ahead, Buffer::at_end(browsed.inserted.unwrap_or_default()))
}

fn show_done(done: &Done, session: &Session, output: &Streams) {
    show_typed(session, output, done.outcome.number, &done.line);
    let _ = output.write(&done.written);
    let _ = show(&done.outcome, session, output);
}

/// Shows an input as it stands at the prompt.
fn show_typed(session: &Session, output: &dyn Output, number: usize, text: &str) {
    let theme = session.screen().theme;
    let prompt = format!("In [{number}]: ");
    let gutter = format!("\n{}", theme.paint(Role::Prompt, &format!("{:>1$}", "...: ", prompt.len())));
    let text = highlight::highlight(text.trim_end(), None, theme).replace('\n', &gutter);
    // Where the terminal has gone, the next read says so.
    let _ = output.write(&format!("{}{text}\n", theme.paint(Role::Prompt, &prompt)));
}

/// `torchsh browse model.pt`: the status. Who has changed something stays at the prompt, where it can be saved.
pub fn browse_file(session: &Session, file: &str, output: &Streams) -> i32 {
    if !crate::front::terminal::can_be_drawn_on() {
        output.complain(&format!(
            "torchsh: browse needs a terminal to draw on; torchsh -c 'tree load({file:?})' prints the same\n"
        ));
        return super::WRONG_USAGE;
    }
    let name = "ckpt";
    if let Some(error) = session.open(name, file).error {
        output.complain(&error);
        return 1;
    }
    let browsed = browse::browse(session, output, name);
    let has_changed = browsed.done.iter().any(|done| done.changes) || browsed.inserted.is_some();
    if !has_changed {
        let lines = browsed.done.iter().map(|done| done.written.as_str());
        lines.for_each(|written| output.complain(written));
        browsed.fault.iter().for_each(|fault| output.complain(fault));
        return i32::from(browsed.fault.is_some());
    }
    let _ = output.write(&format!("{name} = load({file:?})\n"));
    let desk = Desk::default();
    match editor(session, &desk) {
        Ok(mut editor) => {
            let mut ahead = Ahead::default();
            let begun = show_browsed(&mut editor, browsed, session, output, &mut ahead);
            let text = "ckpt is changed: save ckpt \"x.pt\" keeps that in a file, Ctrl-D leaves.";
            let _ = output.write(&format!("{}\n", wrap(text, session.screen().columns).join("\n")));
            talk(editor, &desk, session, output, (ahead, begun))
        }
        Err(_) => plain::converse(session, output, true),
    }
}

/// Reads an input.
fn read(
    editor: &mut Prompt<'_>,
    desk: &Desk,
    session: &Session,
    begun: &Buffer,
) -> rustyline::Result<String> {
    let settings = session.settings();
    editor.set_edit_mode(edit_mode(&settings));
    // Which has taken that back.
    editor.set_keyseq_timeout(Some(ESCAPE));
    // The mode of vi stands before the prompt; the painter keeps it as it is.
    let vi = settings.vi().then_some(Vi::Insert);
    let prompt = format!("{}In [{}]: ", vi.map_or("", Vi::shown), session.next_number());
    // In vi's modes the keys that move over lines are vi's own, which know of no gutter.
    let gutter = if settings.vi() { 0 } else { prompt.len() };
    desk.clear(State {
        gutter,
        vi,
        closes: settings.get("brackets") == "on",
        is_marked: terminal::is_marked(settings.get("marks")),
        reflows: reflow::is_expected(),
        prompt: prompt.clone(),
        ..State::default()
    });
    let (line, at) = begun.dressed(gutter);
    signals::take(Hold::Line);
    let line = editor.readline_with_initial(&prompt, line.split_at_checked(at).unwrap_or_default());
    signals::given_back();
    Ok(Buffer::undressed(&line?, 0, gutter).text)
}

/// What `$EDITOR` makes of a text; the text itself where that fails.
fn edited(session: &Session, output: &Streams, text: String) -> String {
    match session.edited(&text) {
        Ok(edited) => edited.trim_end().to_owned(),
        Err(error) => {
            output.complain(&session.error_text(&error, torchsh_render::error::Detail::Short));
            text
        }
    }
}

/// Keeps an input for this session and those to come.
fn remember(editor: &mut Prompt<'_>, text: &str) {
    let text = text.trim_end();
    if text.trim().is_empty() || !editor.add_history_entry(text).unwrap_or(false) {
        return;
    }
    if let Some(path) = crate::front::paths::history() {
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
        let bundle = Bundle { plain: text.clone(), others: outcome.others.clone() };
        let mark = match (outcome.is_answer, text.contains('\n') || bundle.picture().is_some()) {
            (true, _) => String::new(),
            (false, true) => format!("{mark}\n"),
            (false, false) => format!("{mark} "),
        };
        // Where the terminal has gone, the next read says so.
        let _ = output.write(&mark);
        let _ = output.display(&bundle, &DisplayPlace::default());
    }
    if !outcome.lines.is_empty() {
        return run_lines(&outcome.lines, session, output);
    }
    outcome.exit
}

/// Runs lines as if they were typed, up to the first that fails.
fn run_lines(lines: &[&str], session: &Session, output: &dyn Output) -> Option<i32> {
    let mut went_well = true;
    for line in lines {
        show_typed(session, output, session.next_number(), line);
        let outcome = session.execute(line);
        let status = show(&outcome, session, output);
        if status.is_some() {
            return status;
        }
        if outcome.error.is_some() {
            went_well = false;
            break;
        }
    }
    show(&session.after_lines(went_well), session, output)
}
