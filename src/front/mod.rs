//! The fronts: a prompt and a script runner. The only room that prints.

mod arguments;
mod browse;
mod candidates;
mod command_error;
mod flags;
mod kernel;
mod manifest;
mod notebook;
mod opening;
mod output;
mod paths;
mod pictures;
mod repl;
mod script;
mod shells;
mod signals;
mod suspend;
mod terminal;
mod typed;
mod verb_command;
mod version;
mod word_completion;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use self::arguments::{Asked, Program, Run};
use self::output::Streams;
use torchsh_base::error::{path_meant, path_text};
use torchsh_base::{Str, nearest};
use torchsh_render::{Screen, Theme};
use torchsh_session::{Options, Output, Session, Settings};

/// The stack of the interpreter's thread; it is taken as programs nest deeper, not at the start.
const STACK: usize = 512 << 20;

/// The status of a process that was started wrongly.
const WRONG_USAGE: i32 = 2;

/// Does what the command line asks for; the exit status.
#[must_use]
pub fn start(arguments: &[String]) -> i32 {
    match arguments::parse(arguments) {
        Asked::Print(text) => {
            // A reader that has gone needs no help text.
            let _ = std::io::stdout().write_all(text.as_bytes());
            0
        }
        Asked::Wrong(what) => {
            let _ = writeln!(std::io::stderr(), "torchsh: {what}");
            WRONG_USAGE
        }
        Asked::Run(Run { program: Program::Manifest(files), .. }) => {
            manifest::run(&files, &Streams::new(false))
        }
        Asked::Run(Run { program: Program::Kernel(asked), .. }) => kernel::perform(&asked),
        Asked::Run(run) => on_its_own(run),
    }
}

/// Runs on a thread of its own: programs nest deeper than the main thread's stack allows.
fn on_its_own(run: Run) -> i32 {
    match on_large_stack(move |bytes| perform(&run, bytes)).map(JoinHandle::join) {
        Ok(Ok(Some(status))) => status,
        Ok(_) => 70,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "torchsh: no stack to run on: {error}");
            1
        }
    }
}

/// A thread with a large stack, or at least a larger one; `act` is told how many bytes it has.
fn on_large_stack<T: Send + 'static>(
    act: impl FnOnce(usize) -> T + Send + 'static,
) -> std::io::Result<JoinHandle<Option<T>>> {
    let act = Arc::new(Mutex::new(Some(act)));
    let spawn = |bytes: usize| {
        let act = act.clone();
        let run = move || {
            let act = act.lock().unwrap_or_else(PoisonError::into_inner).take();
            act.map(|act| act(bytes))
        };
        std::thread::Builder::new().name("torchsh".to_owned()).stack_size(bytes).spawn(run)
    };
    spawn(STACK).or_else(|_| spawn(STACK / 16))
}

/// Has libtorch there when the first line computes: loading takes as long as a person needs to type a word. What fails, fails again
/// where it matters, and is said there.
fn open_door_meanwhile() {
    let opening = std::thread::Builder::new().name("door".to_owned()).spawn(|| drop(torchsh_aten::open()));
    drop(opening);
}

fn perform(run: &Run, stack_bytes: usize) -> i32 {
    let mut run = run.clone();
    let is_conversation = run.program == Program::None && (run.stays || std::io::stdin().is_terminal());
    let opens = matches!(run.program, Program::Checkpoints(_) | Program::Browse(_));
    if run.program == Program::None && !is_conversation {
        run.program = Program::Input;
    }
    let stays = is_conversation || run.stays || opens;
    let streams = Rc::new(Streams::new(stays));
    let keeper = run.inplace.then(|| Rc::new(notebook::Keeper::new(streams.clone())));
    let output: Rc<dyn Output> = match &keeper {
        Some(keeper) => keeper.clone(),
        None => streams.clone(),
    };
    let mut settings = if stays { settings(&streams) } else { Settings::default() };
    let is_prompt = stays && run.theme.is_none() && !run.checks;
    settings.is_on_terminal = terminal::is_there();
    settings.auto_theme = terminal::theme(is_prompt && settings.get("theme") == "auto");
    let screen = if run.inplace { notebook::SCREEN } else { screen(&run, &settings, stays) };
    let script = script_file(&run.program);
    let options = Options {
        arguments: run.arguments.clone(),
        path: module_path(script.as_deref()),
        file: script.map(path_text),
        screen,
        format: run.format,
        output,
        settings,
        interrupt: Arc::default(),
        stack_bytes,
    };
    let session = Session::new(options);
    signals::install(session.interrupt());
    let status = program(&session, &run, &streams, keeper.as_deref(), stays);
    session.finish();
    let flushed = streams.flush();
    let differs = run.tells_differences && session.found_differences();
    if status == 0 && (flushed.is_err() || differs) { 1 } else { status }
}

/// Runs the person's start-up file, if there is one.
fn start_up(session: &Session, output: &dyn Output) {
    let Some(path) = paths::configuration().map(|folder| folder.join("startup.py")) else { return };
    if !path.exists() {
        return;
    }
    let program = Program::File(path.display().to_string());
    match script::read(&program) {
        Ok(Some(script)) => {
            script::run(session, &script, false, output);
        }
        Ok(None) => {}
        Err(error) => output.complain(&session.error_text(&error, torchsh_render::error::Detail::Short)),
    }
}

/// Runs the program, then the prompt if that was asked for.
fn program(
    session: &Session,
    run: &Run,
    output: &Streams,
    keeper: Option<&notebook::Keeper>,
    stays: bool,
) -> i32 {
    if let Program::Words(words) = &run.program {
        // Where the shell no longer listens, there is nobody to tell.
        let _ = output.write(&word_completion::lines(session, words));
        return 0;
    }
    if stays && !run.checks {
        start_up(session, output);
    }
    let status = match script::read(&run.program) {
        _ if run.inplace && !matches!(run.program, Program::Notebook(_)) => {
            output
                .complain("torchsh: --inplace keeps the outputs of a notebook: torchsh --inplace x.ipynb\n");
            return WRONG_USAGE;
        }
        Ok(_) if let Program::Notebook(path) = &run.program => {
            notebook::run(session, path, run.checks, keeper, output)
        }
        Ok(None) => 0,
        Ok(Some(script)) => match &run.program {
            Program::Verb { verb, words, .. } => script::run_verb(session, &script, (verb, words), output),
            _ => script::run(session, &script, run.checks, output),
        },
        Err(error) => {
            let error = match verb_meant(&run.program) {
                Some(verb) => error.better_hint(format!("did you mean: torchsh {verb} FILE …")),
                None => error,
            };
            output.complain(&session.error_text(&error, torchsh_render::error::Detail::Short));
            WRONG_USAGE
        }
    };
    if let Program::Browse(file) = &run.program {
        return repl::browse_file(session, file, output);
    }
    let has_opened = match &run.program {
        Program::Checkpoints(files) => match repl::open(session, files, output) {
            // Without any of them there is nothing to stay for.
            0 => return 1,
            // `torchsh model.pt | tail`: nobody sees a prompt that could be answered.
            _ if !run.stays && std::io::stdin().is_terminal() && !std::io::stdout().is_terminal() => {
                return 0;
            }
            _ => true,
        },
        _ => false,
    };
    if stays && !run.checks { repl::converse(session, output, has_opened) } else { status }
}

/// The verb with nearly the name of a script that is not there.
fn verb_meant(program: &Program) -> Option<Str> {
    let Program::File(name) = program else { return None };
    let verbs: Vec<Str> = verb_command::names().map(Str::new).collect();
    nearest(name, &verbs).filter(|_| !path_meant(name).exists()).cloned()
}

/// The whole path of a script.
fn script_file(program: &Program) -> Option<PathBuf> {
    match program {
        Program::File(path) | Program::Notebook(path) => std::path::absolute(path_meant(path)).ok(),
        _ => None,
    }
}

/// `sys.path`: modules are looked for beside a script, otherwise where we are; then in the folders of `PYTHONPATH`.
fn module_path(script: Option<&Path>) -> Vec<String> {
    let first = script.and_then(Path::parent).map(Path::to_owned).unwrap_or_default();
    let listed = std::env::var_os("PYTHONPATH").unwrap_or_default();
    let others = std::env::split_paths(&listed).filter(|folder| !folder.as_os_str().is_empty());
    std::iter::once(first).chain(others).map(path_text).collect()
}

/// The settings file; slips in it are said.
fn settings(streams: &Streams) -> Settings {
    let Some(path) = paths::configuration().map(|folder| folder.join("settings")) else {
        return Settings::default();
    };
    // There is none yet, the first time.
    let (mut settings, slips) = Settings::parse(&std::fs::read_to_string(&path).unwrap_or_default());
    for slip in slips {
        streams.complain(&format!("{}: {slip}\n", path.display()));
    }
    settings.file = Some(path);
    settings
}

/// Fits results to the terminal as it is now.
fn refit(session: &Session) {
    let (columns, rows) = size();
    let screen = session.screen();
    session.set_screen(Screen { columns, rows: screen.rows.map(|_| rows), ..screen });
}

fn screen(run: &Run, settings: &Settings, stays: bool) -> Screen {
    let variable = |name: &str| std::env::var(name).ok();
    let is_terminal = terminal::is_there();
    let theme = run.theme.unwrap_or_else(|| match stays {
        true => settings.theme(),
        false => Theme::detect(is_terminal, variable),
    });
    let (columns, rows) = size();
    Screen { columns, rows: (stays && std::io::stdout().is_terminal()).then_some(rows), theme }
}

/// Columns of the terminal, and rows that a result may take. Where the output is no terminal, nothing is cut, unless the
/// person says how wide it is.
fn size() -> (usize, usize) {
    let given =
        std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|columns| *columns > 0);
    let found = terminal_size::terminal_size_of(std::io::stdout());
    let columns = found.map(|(width, _)| usize::from(width.0)).or(given).unwrap_or(usize::MAX);
    let rows = found.map_or(40, |(_, height)| usize::from(height.0).max(20));
    (columns.max(20), rows.saturating_sub(6))
}
