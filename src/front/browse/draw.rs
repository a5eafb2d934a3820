//! Drawing the tree, what is looked at closely, and what is asked.

use nu_ansi_term::Color as Paint;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line as Text, Span};
use ratatui::widgets::Paragraph;

use super::question::For;
use super::view::{Line, Order, View};
use super::{Browser, Mode};
use torchsh_language::value::report::{shape_text, size};
use torchsh_render::sanitize::sanitize;
use torchsh_render::width::{cut, cut_middle, pad, width};
use torchsh_render::{Role, Theme};
use torchsh_session::browse::{Content, Node};

/// Columns from which on the tree and what is looked at closely stand side by side.
const SIDE_BY_SIDE: u16 = 100;

/// Columns of a shape or a value at most.
const MIDDLE: usize = 28;

/// What the keys do.
pub const KEYS: &[(&str, &str)] = &[
    ("↑ ↓ or j k", "move; PageUp, PageDown, g, G further"),
    ("→ ← or l h", "open and close a module, or go up"),
    ("Enter", "open; of a tensor its statistics and histogram"),
    ("E C", "open all, close all"),
    ("t", "all entries as one list, or the tree"),
    ("o", "the largest first, or as in the file"),
    ("/", "search: a part, a pattern with *, or letters in order; n N next, before"),
    ("x", "the next tensor with NaN or infinities"),
    ("Space", "mark; M marks what the search found, Esc unmarks"),
    ("d", "drop what is marked (or under the cursor)"),
    ("K", "keep only that"),
    ("r", "rename what is under the cursor"),
    ("R", "replace a part of all marked names, or of all"),
    ("s", "save what is marked, or all, to a file"),
    ("u", "undo the last change"),
    ("y Y", "copy the expression, or only the key, to the clipboard"),
    ("i", "leave, with the expression on the line"),
    ("q", "leave; what was done stands at the prompt"),
];

/// The keys that the last line names, where it has room.
const ALL_KEYS: &str = "Space mark  / search  Enter look  d drop  s save  ? keys  q leaves";

/// Draws the whole screen.
pub fn draw(frame: &mut Frame<'_>, browser: &mut Browser<'_>) {
    let [head, body, foot] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(1), Constraint::Length(1)])
            .areas(frame.area());
    frame.render_widget(Paragraph::new(title(browser, usize::from(head.width))), head);
    if let Mode::Help(top) = browser.mode {
        browser.mode = Mode::Help(draw_help(frame, browser.theme, body, top));
    }
    let body = match (&browser.mode, &browser.closeup) {
        (Mode::Help(_), _) => body,
        (_, Some(text)) => {
            let (left, right) = split(body);
            draw_closeup(frame, text, browser.theme, right);
            left
        }
        _ => body,
    };
    if !matches!(browser.mode, Mode::Help(_)) {
        draw_tree(frame, browser, body);
    }
    let (text, cursor) = bottom(browser, usize::from(foot.width));
    frame.render_widget(Paragraph::new(text), foot);
    if let Some(column) = cursor {
        frame.set_cursor_position((
            foot.x + u16::try_from(column).unwrap_or(0).min(foot.width.saturating_sub(1)),
            foot.y,
        ));
    }
}

/// The places of the tree and of what is looked at closely.
pub fn split(body: Rect) -> (Rect, Rect) {
    let halves = if body.width >= SIDE_BY_SIDE {
        Layout::horizontal([Constraint::Percentage(50), Constraint::Percentage(50)])
    } else {
        Layout::vertical([Constraint::Percentage(40), Constraint::Percentage(60)])
    };
    let [left, right] = halves.areas(body);
    (left, right)
}

/// The expression, what it comes to, and what is marked.
fn title<'a>(browser: &Browser<'_>, columns: usize) -> Text<'a> {
    let view = &browser.view;
    let mut state = Vec::new();
    if !view.marked.is_empty() {
        state.push(format!("{} marked of", size::counted(view.marked_tensors(), "tensor")));
    }
    if view.sorted == Order::Size {
        state.push("by size".to_owned());
    }
    let name = sanitize(&browser.expression).into_owned();
    let (line, totals) = (view.tree.totals.line(), &view.tree.totals);
    let text_of =
        |told: &str| [std::slice::from_ref(&name), state.as_slice(), &[told.to_owned()]].concat().join("  ");
    // Where not all has room, the last facts go; then it is told in short.
    let ends = line.rmatch_indices(" · ").map(|(at, _)| at).take(3);
    let shorter = ends.filter_map(|at| line.get(..at)).filter(|told| told.ends_with('B'));
    let short = format!("{} · {}", size::counted(totals.tensors, "tensor"), size::bytes(totals.bytes));
    let mut texts = [line.as_str()].into_iter().chain(shorter).map(text_of);
    let text = texts.find(|text| width(text) <= columns).unwrap_or_else(|| text_of(&short));
    Text::from(Span::styled(
        pad(&cut(&text, columns), columns),
        Style::new().add_modifier(Modifier::REVERSED),
    ))
}

// ---- the tree -------------------------------------------------------------------------------------------------------

/// The cells of a line, as text.
struct Cells {
    name: String,
    middle: String,
    dtype: String,
    bytes: String,
}

fn draw_tree(frame: &mut Frame<'_>, browser: &mut Browser<'_>, area: Rect) {
    let theme = browser.theme;
    let view = &mut browser.view;
    view.rows = usize::from(area.height).max(1);
    view.top = view.top.clamp((view.cursor + 1).saturating_sub(view.rows), view.cursor);
    let seen: Vec<(usize, Line)> =
        view.lines().iter().copied().enumerate().skip(view.top).take(view.rows).collect();
    let cells: Vec<Cells> = seen.iter().map(|(_, line)| cells(view, line)).collect();
    let has_dtypes = view.tree.totals.dtypes.len() > 1;
    let columns = Columns::of(&cells, usize::from(area.width), has_dtypes, view.sorted);
    let lines: Vec<Text<'_>> = seen
        .iter()
        .zip(&cells)
        .map(|((place, line), cells)| row(view, line, cells, &columns, *place == view.cursor, theme))
        .collect();
    frame.render_widget(Paragraph::new(lines), area);
}

fn cells(view: &View, line: &Line) -> Cells {
    let Some(node) = view.tree.node(line.node) else {
        return Cells {
            name: String::new(),
            middle: String::new(),
            dtype: String::new(),
            bytes: String::new(),
        };
    };
    let fold = match (view.is_branch(line.node), view.is_open(line.node)) {
        (true, true) => "▾ ",
        (true, false) => "▸ ",
        _ => "  ",
    };
    let mark = if view.is_marked(line.node) { "*" } else { " " };
    let name = match view.is_flat {
        true => format!("{mark}{}", sanitize(&node.path)),
        false => format!("{mark}{}{fold}{}", "  ".repeat(line.depth), sanitize(&node.label)),
    };
    let (middle, dtype) = said(node);
    let bytes = if node.tensors > 0 { size::bytes(node.bytes) } else { String::new() };
    Cells { name, middle, dtype, bytes }
}

/// A shape or a value, and a dtype or a type.
fn said(node: &Node) -> (String, String) {
    match &node.content {
        Content::Tensor(facts) => (shape_text(&facts.shape), facts.dtype.clone()),
        Content::Other(kind, text) => (cut(&sanitize(text), MIDDLE), sanitize(kind).into_owned()),
        Content::Module => (size::counted(node.tensors, "tensor"), String::new()),
        Content::Container(kind) if node.tensors > 0 => {
            (size::counted(node.tensors, "tensor"), sanitize(kind).into_owned())
        }
        Content::Container(kind) => {
            (size::counted(node.children.len(), "entry"), sanitize(kind).into_owned())
        }
    }
}

/// How wide the columns are; a name is the last to be cut.
struct Columns {
    name: usize,
    middle: usize,
    dtype: usize,
    bytes: usize,
}

impl Columns {
    fn of(cells: &[Cells], room: usize, has_dtypes: bool, sorted: Order) -> Columns {
        let widest =
            |of: fn(&Cells) -> &String| cells.iter().map(|cells| width(of(cells))).max().unwrap_or(0);
        let mut columns = Columns {
            name: widest(|cells| &cells.name),
            middle: widest(|cells| &cells.middle),
            dtype: if has_dtypes { widest(|cells| &cells.dtype) } else { 0 },
            bytes: widest(|cells| &cells.bytes),
        };
        if columns.used() > room {
            columns.dtype = 0;
        }
        // What they are sorted by is seen.
        if columns.used() > room && sorted == Order::Size {
            columns.middle = 0;
        } else if columns.used() > room {
            columns.bytes = 0;
        }
        if columns.used() > room && columns.name > 12 {
            columns.middle = columns.middle.min(room.saturating_sub(columns.name + 2));
            if columns.middle < 6 {
                columns.middle = 0;
            }
        }
        let others = columns.used() - columns.name;
        columns.name = room.saturating_sub(others).min(columns.name.max(24));
        columns
    }

    fn used(&self) -> usize {
        let others = [self.middle, self.dtype, self.bytes];
        self.name + others.iter().filter(|width| **width > 0).map(|width| width + 2).sum::<usize>()
    }
}

fn row<'a>(
    view: &View,
    line: &Line,
    cells: &Cells,
    columns: &Columns,
    is_chosen: bool,
    theme: Theme,
) -> Text<'a> {
    let mut name_style = match view.is_found(line.node) {
        true => Style::new().add_modifier(Modifier::UNDERLINED),
        false => Style::new(),
    };
    if view.is_marked(line.node) {
        name_style = name_style.patch(style(theme, Role::Note)).add_modifier(Modifier::BOLD);
    }
    let mut spans = vec![Span::styled(pad(&cut_name(&cells.name, columns.name), columns.name), name_style)];
    let is_tensor = view.tree.node(line.node).is_some_and(|node| matches!(node.content, Content::Tensor(_)));
    let middle_role = if is_tensor { Role::Shape } else { Role::Faint };
    let others = [
        (&cells.middle, columns.middle, middle_role, false),
        (&cells.dtype, columns.dtype, Role::Type, false),
        (&cells.bytes, columns.bytes, Role::Number, true),
    ];
    for (text, room, role, right) in others {
        if room == 0 {
            continue;
        }
        let text = cut(text, room);
        let gap = " ".repeat(room.saturating_sub(width(&text)));
        let text = if right { format!("  {gap}{text}") } else { format!("  {text}{gap}") };
        spans.push(Span::styled(text, style(theme, role)));
    }
    let mut text = Text::from(spans);
    if is_chosen {
        text = text.style(Style::new().add_modifier(Modifier::REVERSED));
    }
    text
}

/// A name cut in its middle, what stands before it (the mark, the depth) left whole.
fn cut_name(name: &str, columns: usize) -> String {
    if width(name) <= columns {
        return name.to_owned();
    }
    let before = name.len() - name.trim_start_matches([' ', '*', '▾', '▸']).len();
    let (before, name) = name.split_at_checked(before).unwrap_or(("", name));
    match columns.checked_sub(width(before)).filter(|left| *left >= 4) {
        Some(left) => format!("{before}{}", cut_middle(name, left)),
        None => cut_middle(name, columns),
    }
}

// ---- beside and below -----------------------------------------------------------------------------------------------

fn draw_closeup(frame: &mut Frame<'_>, text: &str, theme: Theme, area: Rect) {
    let [edge, inner] = if area.x > 0 {
        Layout::horizontal([Constraint::Length(2), Constraint::Min(1)]).areas(area)
    } else {
        Layout::vertical([Constraint::Length(1), Constraint::Min(1)]).areas(area)
    };
    let rule = match area.x > 0 {
        true => vec![Text::from("│"); usize::from(edge.height)],
        false => vec![Text::from("─".repeat(usize::from(edge.width)))],
    };
    frame.render_widget(Paragraph::new(rule).style(style(theme, Role::Faint)), edge);
    let line = |line: &str| match line.find('█') {
        Some(at) => {
            let (before, bar) = line.split_at_checked(at).unwrap_or((line, ""));
            let end = bar.rfind('█').map_or(0, |at| at + '█'.len_utf8());
            let (bar, after) = bar.split_at_checked(end).unwrap_or((bar, ""));
            Text::from(vec![
                Span::raw(before.to_owned()),
                Span::styled(bar.to_owned(), style(theme, Role::Bar)),
                Span::raw(after.to_owned()),
            ])
        }
        None => Text::from(line.to_owned()),
    };
    frame.render_widget(Paragraph::new(text.lines().map(line).collect::<Vec<_>>()), inner);
}

/// Draws the keys from a line on; the line that is the first then, where that was too far down.
fn draw_help(frame: &mut Frame<'_>, theme: Theme, area: Rect, top: usize) -> usize {
    let typed = KEYS.iter().map(|(keys, _)| width(keys)).max().unwrap_or(0);
    let room = usize::from(area.width).saturating_sub(typed + 4);
    let mut lines = Vec::new();
    for (keys, says) in KEYS {
        for (i, part) in torchsh_render::width::wrap(says, room.max(16)).into_iter().enumerate() {
            let keys = if i == 0 { *keys } else { "" };
            lines.push(Text::from(vec![
                Span::styled(format!("  {}", pad(keys, typed)), style(theme, Role::Key)),
                Span::raw(format!("  {part}")),
            ]));
        }
    }
    let top = top.min(lines.len().saturating_sub(usize::from(area.height)));
    frame.render_widget(Paragraph::new(lines.split_off(top)), area);
    top
}

/// The last line: a question, or what was said and the keys; and the column of the cursor in a question.
fn bottom<'a>(browser: &Browser<'_>, columns: usize) -> (Text<'a>, Option<usize>) {
    if let Mode::Asking(question) = &browser.mode {
        let before = question.before();
        let room = columns.saturating_sub(width(&before) + 1);
        let (shown, at) = question.shown(room);
        let mut spans = vec![Span::raw(format!("{before}{shown}"))];
        let count = match (&question.of, question.text()) {
            (For::Search, text) if !text.is_empty() => match browser.view.search.found.len() {
                0 => "not found".to_owned(),
                count => format!("{} found", size::grouped(count as u64)),
            },
            _ => String::new(),
        };
        let gap = room.saturating_sub(width(&shown)).saturating_sub(width(&count));
        if gap > 0 {
            let role = if count.starts_with("not") { Role::Error } else { Role::Faint };
            spans.push(Span::raw(" ".repeat(gap)));
            spans.push(Span::styled(count, style(browser.theme, role)));
        }
        return (Text::from(spans), Some(width(&before) + at));
    }
    let keys = match browser.mode {
        Mode::Help(_) => "j k scroll  any other key goes back",
        _ if columns < width(ALL_KEYS) => "? keys  q leaves",
        _ => ALL_KEYS,
    };
    let said = sanitize(&browser.said).into_owned();
    let said = cut(&said, columns);
    let role = if browser.is_fault { Role::Error } else { Role::Hint };
    if said.is_empty() {
        return (Text::from(Span::styled(cut(keys, columns), style(browser.theme, Role::Faint))), None);
    }
    let room = columns.saturating_sub(width(&said) + 2);
    let keys =
        ["? keys  q leaves", "? keys"].into_iter().find(|keys| width(keys) <= room).unwrap_or_default();
    let gap = " ".repeat(columns.saturating_sub(width(&said) + width(keys)));
    let said = Span::styled(said, style(browser.theme, role));
    (Text::from(vec![said, Span::raw(gap), Span::styled(keys, style(browser.theme, Role::Faint))]), None)
}

/// The style of a role.
fn style(theme: Theme, role: Role) -> Style {
    let Some(paint) = theme.style(role) else { return Style::new() };
    let mut style = Style::new();
    if let Some(colour) = paint.foreground {
        style = style.fg(match colour {
            Paint::Red => Color::Red,
            Paint::LightRed => Color::LightRed,
            Paint::Green => Color::Green,
            Paint::LightGreen => Color::LightGreen,
            Paint::Yellow => Color::Yellow,
            Paint::LightYellow => Color::LightYellow,
            Paint::Blue => Color::Blue,
            Paint::LightBlue => Color::LightBlue,
            Paint::Purple | Paint::Magenta => Color::Magenta,
            Paint::LightPurple | Paint::LightMagenta => Color::LightMagenta,
            Paint::Cyan => Color::Cyan,
            Paint::LightCyan => Color::LightCyan,
            Paint::DarkGray => Color::DarkGray,
            Paint::LightGray => Color::Gray,
            Paint::Fixed(number) => Color::Indexed(number),
            _ => Color::Reset,
        });
    }
    if paint.is_bold {
        style = style.add_modifier(Modifier::BOLD);
    }
    if paint.is_underline {
        style = style.add_modifier(Modifier::UNDERLINED);
    }
    style
}
