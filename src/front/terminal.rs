//! What the terminal can do, and what it is asked: the colour of its ground (OSC 11), how it shows pictures; and marks of prompts and
//! results (OSC 133).
//!
//! A terminal that does not know a question must not show it as letters, nor its answer arrive when somebody types. So only terminals
//! that are known to pass over what they do not know are asked, and each question ends in one that all of them answer.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use torchsh_render::Theme;

/// How long an answer is waited for. A terminal near by takes a millisecond.
const PATIENCE: Duration = Duration::from_millis(400);

/// The same where a network lies between, and where the terminal is one that is sure to answer: some are slow while they start, and
/// an answer that comes later is taken for what somebody types.
const LONG_PATIENCE: Duration = Duration::from_secs(2);

/// Beginnings of `TERM`, and variables, by which terminals tell which they are; others are often called `xterm` that are not.
const SURE: &[&str] = &["xterm-kitty", "xterm-ghostty", "foot", "alacritty", "wezterm", "contour", "mlterm"];
const SURE_BY: &[&str] = &["XTERM_VERSION", "VTE_VERSION", "KONSOLE_VERSION"];

/// Bytes of an answer at most.
const LONGEST: usize = 512;

/// Beginnings of `TERM` of terminals that pass over questions they do not know.
const KNOWN: &[&str] = &[
    "xterm",
    "tmux",
    "rxvt",
    "alacritty",
    "foot",
    "contour",
    "konsole",
    "gnome",
    "vte",
    "kitty",
    "wezterm",
    "ghostty",
    "iterm",
    "mlterm",
];

/// Whether results are shown on a terminal.
pub fn is_there() -> bool {
    std::io::stdout().is_terminal() && std::io::stderr().is_terminal()
}

/// Whether the terminal passes over what it does not know.
pub fn is_known() -> bool {
    knows(|name| std::env::var(name).ok())
}

fn knows(variable: impl Fn(&str) -> Option<String>) -> bool {
    let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    let term = variable("TERM").unwrap_or_default();
    // tmux calls itself screen, too; screen itself shows some of them.
    let is_tmux = is_set("TMUX") && term.starts_with("screen");
    !is_set("STY")
        && !is_set("INSIDE_EMACS")
        && (is_tmux || KNOWN.iter().any(|known| term.starts_with(known)))
}

/// Whether another terminal lies within tmux.
pub fn is_tmux(variable: &dyn Fn(&str) -> Option<String>) -> bool {
    let is_named = variable("TERM").is_some_and(|term| term.starts_with("tmux"));
    is_named || variable("TMUX").is_some_and(|value| !value.is_empty())
}

/// Whether prompts and results are marked, as the setting has it.
pub fn is_marked(setting: &str) -> bool {
    match setting {
        "on" => true,
        "off" => false,
        _ => std::io::stdout().is_terminal() && is_known(),
    }
}

/// The colours that suit the terminal; `asks` whether it may be asked for its ground.
pub fn theme(asks: bool) -> Theme {
    let variable = |name: &str| std::env::var(name).ok();
    let detected = Theme::detect(is_there(), variable);
    let is_told = variable("COLORFGBG").is_some_and(|value| !value.is_empty());
    // Over a long line an answer may come when the person types already.
    let asks = asks && !is_far() && is_known() && std::io::stdin().is_terminal();
    if !asks || detected == Theme::None || is_told {
        return detected;
    }
    match ground() {
        Some(brightness) if brightness > 0.5 => Theme::Light,
        _ => detected,
    }
}

/// Whether a network lies between.
fn is_far() -> bool {
    ["SSH_CONNECTION", "SSH_TTY", "MOSH_IP"].iter().any(|name| std::env::var_os(name).is_some())
}

/// Asks the terminal for the colour of its ground; how bright it is, from 0 to 1.
fn ground() -> Option<f64> {
    // What somebody types already is not an answer.
    if is_quiet() { brightness(&asked("\x1b]11;?\x1b\\")?) } else { None }
}

/// Whether nothing was typed that is still to be read.
pub fn is_quiet() -> bool {
    !has_input(Duration::ZERO)
}

/// Asks the terminal; what it answers. None where it says nothing in time.
pub fn asked(question: &str) -> Option<String> {
    let term = std::env::var("TERM").unwrap_or_default();
    let is_sure = SURE.iter().any(|sure| term.starts_with(sure))
        || SURE_BY.iter().any(|name| std::env::var_os(name).is_some());
    let patience = if is_sure || is_far() { LONG_PATIENCE } else { PATIENCE };
    let _raw = Raw::begin()?;
    // Every terminal answers the last, and after the others: where only that comes, the others are not known.
    std::io::stdout().write_all(format!("{question}\x1b[c").as_bytes()).ok()?;
    std::io::stdout().flush().ok()?;
    let (mut answer, begun) = (Vec::new(), Instant::now());
    while answer.len() < LONGEST && !is_whole(&answer) {
        let left = patience.checked_sub(begun.elapsed())?;
        if !has_input(left) {
            return None;
        }
        let mut byte = [0u8];
        // One at a time, and past every buffer: what follows is the person's.
        // SAFETY: the buffer has the one byte that is asked for.
        if unsafe { libc::read(libc::STDIN_FILENO, byte.as_mut_ptr().cast(), 1) } != 1 {
            return None;
        }
        answer.extend(byte);
    }
    Some(String::from_utf8_lossy(&answer).into_owned())
}

/// Pixels of a character, width and height, where the terminal's size says so.
pub fn cell() -> Option<(usize, usize)> {
    // SAFETY: every bit pattern is a `winsize`.
    let mut size: libc::winsize = unsafe { std::mem::zeroed() };
    // SAFETY: the structure outlives the call.
    if unsafe { libc::ioctl(libc::STDOUT_FILENO, libc::TIOCGWINSZ, &raw mut size) } != 0 {
        return None;
    }
    let part = |pixels: u16, cells: u16| pixels.checked_div(cells).filter(|size| *size > 0).map(usize::from);
    part(size.ws_xpixel, size.ws_col).zip(part(size.ws_ypixel, size.ws_row))
}

/// Whether the answer to the last question is there: `ESC [ ? … c`.
fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    text.rfind("\x1b[?").is_some_and(|at| text.get(at..).is_some_and(|last| last.ends_with('c')))
}

/// Of `rgb:ffff/ffff/ffff` in an answer, how bright that is.
fn brightness(answer: &str) -> Option<f64> {
    let (_, colour) = answer.split_once("]11;rgb:")?;
    let end = colour.find(|c: char| !(c.is_ascii_hexdigit() || c == '/')).unwrap_or(colour.len());
    let parts = colour.get(..end)?.split('/');
    let part = |part: &str| {
        let most = 16f64.powi(i32::try_from(part.len()).ok()?) - 1.0;
        Some(f64::from(u32::from_str_radix(part, 16).ok()?) / most)
    };
    let parts: Vec<f64> = parts.map(part).collect::<Option<_>>()?;
    match parts.as_slice() {
        [red, green, blue] => Some(0.299 * red + 0.587 * green + 0.114 * blue),
        _ => None,
    }
}

/// Whether something was typed, or comes within a while.
fn has_input(wait: Duration) -> bool {
    let mut input = libc::pollfd { fd: libc::STDIN_FILENO, events: libc::POLLIN, revents: 0 };
    let wait = libc::c_int::try_from(wait.as_millis()).unwrap_or(0);
    // SAFETY: the structure outlives the call.
    unsafe { libc::poll(&raw mut input, 1, wait) > 0 }
}

/// While it lives keys come one by one and are not shown.
struct Raw(libc::termios);

impl Raw {
    fn begin() -> Option<Raw> {
        // SAFETY: every bit pattern is a `termios`; the call fills it or fails.
        let mut before: libc::termios = unsafe { std::mem::zeroed() };
        // SAFETY: the structures outlive the calls.
        unsafe {
            if libc::tcgetattr(libc::STDIN_FILENO, &raw mut before) != 0 {
                return None;
            }
            let mut raw = before;
            raw.c_lflag &= !(libc::ECHO | libc::ICANON);
            if libc::tcsetattr(libc::STDIN_FILENO, libc::TCSANOW, &raw const raw) != 0 {
                return None;
            }
        }
        Some(Raw(before))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // SAFETY: the structure is the terminal's own from before.
        unsafe { libc::tcsetattr(libc::STDIN_FILENO, libc::TCSANOW, &raw const self.0) };
    }
}

/// What is told of a prompt: where it begins and ends, where the result begins, and how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Prompt,
    Input,
    Result,
    Ended(bool),
    /// Nothing was run.
    Abandoned,
}

impl Mark {
    /// As the terminal reads it; it takes no room on the screen.
    pub fn text(self) -> &'static str {
        match self {
            Mark::Prompt => "\x1b]133;A\x07",
            Mark::Input => "\x1b]133;B\x07",
            Mark::Result => "\x1b]133;C\x07",
            Mark::Ended(true) => "\x1b]133;D;0\x07",
            Mark::Ended(false) => "\x1b]133;D;1\x07",
            Mark::Abandoned => "\x1b]133;D\x07",
        }
    }
}

/// Whether there is a terminal to draw on.
pub fn can_be_drawn_on() -> bool {
    let is_dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb" || term.is_empty());
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal() && !is_dumb
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_terminals_that_are_known_are_asked() {
        let among = |set: &'static [(&str, &str)]| {
            move |name: &str| {
                set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            }
        };
        assert!(knows(among(&[("TERM", "xterm-256color")])) && knows(among(&[("TERM", "tmux-256color")])));
        assert!(knows(among(&[("TERM", "screen-256color"), ("TMUX", "/tmp/x")])));
        for set in [
            &[("TERM", "dumb")] as &'static [(&str, &str)],
            &[("TERM", "linux")],
            &[("TERM", "screen"), ("STY", "1.x")],
            &[("TERM", "screen-256color")],
            &[("TERM", "xterm"), ("INSIDE_EMACS", "29,vterm")],
            &[],
        ] {
            assert!(!knows(among(set)), "{set:?}");
        }
    }

    #[test]
    fn answers_are_understood() {
        let close = |answer: &str, wanted: f64| (brightness(answer).unwrap() - wanted).abs() < 0.01;
        assert!(close("\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?62;c", 1.0));
        assert!(close("\x1b]11;rgb:00/00/00\x07\x1b[?1;2c", 0.0));
        assert!(close("\x1b]11;rgb:fd/f6/e3\x07", 0.96));
        for answer in ["", "\x1b[?62;22c", "\x1b]11;rgb:zz/00/00\x07", "\x1b]11;rgb:00/00\x07"] {
            assert_eq!(brightness(answer), None, "{answer:?}");
        }
        assert!(
            is_whole(b"\x1b[?62;c")
                && is_whole(b"\x1b]11;rgb:0/0/0\x07\x1b[?1;2c")
                && !is_whole(b"\x1b]11;rgb:c")
        );
    }
}
