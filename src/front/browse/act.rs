//! What the keys do to the checkpoint.

use std::path::Path;
use std::sync::atomic::Ordering;

use ratatui::layout::Rect;

use super::question::{For, Question};
use super::screen::FullScreen;
use super::{Browser, Done, draw};
use torchsh_base::error::{Error, path_meant};
use torchsh_language::value::report::size;
use torchsh_render::sanitize::sanitize;

/// Bytes of a tensor that is read when the cursor comes by: not to be noticed.
const READ_ALONG: u64 = 32 << 20;

impl Browser<'_> {
    /// Enter: opens and closes a module; looks closely at what holds nothing.
    pub(super) fn enter(&mut self, screen: &mut FullScreen) {
        let Some(id) = self.view.chosen() else { return };
        if self.view.is_branch(id) {
            return self.view.toggle();
        }
        self.look(screen, id);
    }

    /// What is looked at closely goes along with the cursor; a large tensor is read only when that is asked for.
    pub(super) fn look_along(&mut self, screen: &mut FullScreen) {
        let Some(id) = self.view.chosen().filter(|id| self.looked_at != Some(*id)) else { return };
        let bytes = self.view.tree.node(id).map_or(0, |node| node.bytes);
        match bytes > READ_ALONG && !self.view.is_branch(id) {
            true => {
                self.looked_at = Some(id);
                self.closeup = Some(format!("\nEnter reads its {}", size::bytes(bytes)));
            }
            false => self.look(screen, id),
        }
    }

    fn look(&mut self, screen: &mut FullScreen, id: usize) {
        self.looked_at = Some(id);
        let area = screen.terminal.size().unwrap_or_default();
        let (_, pane) = draw::split(Rect::new(0, 0, area.width, area.height.saturating_sub(2)));
        let is_beside = pane.x > 0;
        let columns = usize::from(pane.width).saturating_sub(if is_beside { 3 } else { 1 });
        let lines = usize::from(pane.height).saturating_sub(usize::from(!is_beside));
        let session = self.session;
        session.interrupt().store(false, Ordering::Relaxed);
        let (view, output) = (&self.view, self.output);
        let made =
            screen.while_busy(|| output.gathered(|| session.closeup(&view.tree, id, columns, lines)).0);
        session.interrupt().store(false, Ordering::Relaxed);
        match made {
            Ok(text) => self.closeup = Some(text),
            Err(error) => self.complain(first_line(&error.to_string())),
        }
    }

    /// The keys of verbs.
    pub(super) fn verb(&mut self, screen: &mut FullScreen, letter: char) {
        let vm = self.session.browse_vm();
        match letter {
            'd' | 'K' => {
                let written = self.named().and_then(|()| {
                    let (tree, ids) = (&self.view.tree, self.view.meant());
                    if letter == 'd' { tree.drop_statement(vm, &ids) } else { tree.keep_statement(vm, &ids) }
                });
                self.run_written(screen, written);
            }
            'R' => self.ask_for_part(),
            'r' if self.view.marked.len() > 1 => self.ask_for_part(),
            'r' => {
                let name = self.view.meant().first().and_then(|id| self.view.tree.name_to_change(*id));
                match name {
                    Some(name) => self.ask(For::Rename, "rename to: ", name),
                    None => self.complain("this key is not a string"),
                }
            }
            's' => {
                let what = match self.view.marked.is_empty() {
                    true => format!("save all of {} to: ", self.expression),
                    false => "save what is marked to: ".to_owned(),
                };
                self.ask(For::Save, what, "");
            }
            'u' if self.changes() == 0 => self.complain("nothing was changed here"),
            'u' => self.run(screen, "undo", true),
            'y' => self.copy(screen, true),
            'Y' => self.copy(screen, false),
            'x' => self.next_damaged(screen),
            'i' => {
                self.browsed.inserted = self.written();
                self.is_left = true;
            }
            _ => self.say("? shows the keys"),
        }
    }

    /// How what is under the cursor is written.
    fn written(&self) -> Option<String> {
        self.view.tree.expression(self.session.browse_vm(), self.view.chosen()?)
    }

    /// Copies what is marked as expressions, or its keys alone.
    fn copy(&mut self, screen: &mut FullScreen, as_expressions: bool) {
        let (vm, tree) = (self.session.browse_vm(), &self.view.tree);
        let text_of = |id: usize| match as_expressions {
            true => tree.expression(vm, id),
            false => tree.name_to_change(id).or_else(|| Some(tree.node(id)?.path.clone())),
        };
        let text = self.view.meant().into_iter().filter_map(text_of).collect::<Vec<_>>().join("\n");
        if text.is_empty() {
            return self.complain("no expression of the program leads here");
        }
        screen.copy(&text);
        self.say(format!("copied: {}", first_line(&text)));
    }

    /// Asks which part of several names is to be another: of what is marked, or of all that lies beside the cursor.
    fn ask_for_part(&mut self) {
        match self.named() {
            Err(why) => self.complain(why),
            Ok(()) => {
                let of = if self.view.marked.is_empty() { "all names here" } else { "the marked names" };
                self.ask(For::Part, format!("in {of}, replace: "), "");
            }
        }
    }

    /// Goes to the next tensor that holds NaN or infinities; what lies between is read.
    fn next_damaged(&mut self, screen: &mut FullScreen) {
        let (session, output, view) = (self.session, self.output, &self.view);
        session.interrupt().store(false, Ordering::Relaxed);
        let found = screen.while_busy(|| {
            let look = || {
                for id in view.tensors_from_here() {
                    if let Some(what) = session.damage(&view.tree, id)? {
                        return Ok(Some((id, what)));
                    }
                }
                Ok(None)
            };
            output.gathered(look).0
        });
        session.interrupt().store(false, Ordering::Relaxed);
        match found {
            Ok(Some((id, what))) => {
                self.view.show(id);
                self.say(what);
            }
            Ok(None) => self.say("no tensor here holds NaN or infinities"),
            Err(error) => self.complain(first_line(&Error::to_string(&error))),
        }
    }

    /// Gives what is browsed a name where it has none that could be changed.
    fn named(&self) -> Result<(), String> {
        if self.session.is_browse_target(&self.expression) {
            return Ok(());
        }
        let name = self.session.browse_name();
        Err(format!(
            "{} has no name to change: leave, {name} = {}, browse {name}",
            self.expression, self.expression
        ))
    }

    fn run_written(&mut self, screen: &mut FullScreen, written: Result<String, String>) {
        match written {
            Ok(line) => {
                let saves = line.starts_with("save ") || line.contains("| save ");
                self.run(screen, &line, !saves);
            }
            Err(why) => self.complain(why),
        }
    }

    /// What was answered to a question.
    pub(super) fn answered(&mut self, screen: &mut FullScreen, question: &Question) {
        let text = question.text();
        match &question.of {
            For::Search if text.is_empty() => self.view.search = super::view::Search::default(),
            For::Search => match self.view.search.found.len() {
                0 => self.complain(format!("nothing has {text}")),
                count => {
                    let noun = size::counted(count, "place");
                    self.say(format!("{noun} found: n and N go on, M marks them"));
                }
            },
            For::Rename => {
                let Some(id) = self.view.meant().first().copied() else { return };
                if self.view.tree.name_to_change(id).as_deref() == Some(text) {
                    return;
                }
                let vm = self.session.browse_vm();
                let written = self.named().and_then(|()| self.view.tree.rename_statement(vm, id, text));
                self.run_written(screen, written);
            }
            For::Part if text.is_empty() => {}
            For::Part => {
                let part = text.to_owned();
                let said = format!("replace {part} with: ");
                self.ask(For::NewPart(part), said, "");
            }
            For::NewPart(part) => {
                let vm = self.session.browse_vm();
                let ids = match (self.view.marked.is_empty(), self.view.chosen()) {
                    (true, Some(id)) => self.view.tree.neighbours(id),
                    _ => self.view.meant(),
                };
                let written = self.view.tree.rename_many_statement(vm, &ids, part, text);
                self.run_written(screen, written);
            }
            For::Save if text.trim().is_empty() => {}
            For::Save => self.ask_to_replace(screen, text.trim()),
            For::Replace(_) => {}
        }
    }

    /// Saves, unless a file would go that the person has not given up.
    fn ask_to_replace(&mut self, screen: &mut FullScreen, file: &str) {
        match Path::new(&path_meant(file)).exists() {
            true => self.ask(For::Replace(file.to_owned()), format!("{file} exists: replace it? [y/N] "), ""),
            false => self.save(screen, file),
        }
    }

    pub(super) fn save(&mut self, screen: &mut FullScreen, file: &str) {
        let ids = if self.view.marked.is_empty() { Vec::new() } else { self.view.meant() };
        let vm = self.session.browse_vm();
        let written = self.view.tree.save_statement(vm, &self.expression, &ids, file);
        self.run_written(screen, written);
    }

    /// The path in a question with what Tab adds to it.
    pub(super) fn completed_path(&self) -> String {
        let super::Mode::Asking(question) = &self.mode else { return String::new() };
        let typed = question.text();
        let line = format!("load(\"{typed}");
        let completion = self.session.complete(&line, line.len());
        let start = completion.start.saturating_sub("load(\"".len());
        let common = super::super::candidates::common_beginning(&completion.candidates);
        let common = common.trim_end_matches(['"', ')']);
        let kept = typed.get(..start).unwrap_or_default();
        match typed.get(start..) {
            Some(word) if common.len() > word.len() && common.starts_with(word) => format!("{kept}{common}"),
            _ => typed.to_owned(),
        }
    }

    /// Changes that were made here and not taken back.
    fn changes(&self) -> usize {
        let undone = |done: &&Done| done.line == "undo";
        let changes = self.browsed.done.iter().filter(|done| done.changes);
        let (undone, made): (Vec<&Done>, Vec<&Done>) = changes.partition(undone);
        made.len().saturating_sub(undone.len())
    }

    /// Runs a statement as if it were typed, and shows what became of the tree.
    fn run(&mut self, screen: &mut FullScreen, line: &str, changes: bool) {
        let (session, output) = (self.session, self.output);
        let (outcome, written) = screen.while_busy(|| output.gathered(|| session.execute(line)));
        let went_well = outcome.error.is_none();
        let text = match &outcome.error {
            Some(error) => last_line(error),
            None => {
                // Of a chain the last step is what was asked for.
                let told = last_line(&written);
                let shown = first_line(outcome.shown.as_deref().unwrap_or_default());
                [told, shown].into_iter().find(|text| !text.is_empty()).unwrap_or_else(|| line.to_owned())
            }
        };
        if went_well {
            self.say(text)
        } else {
            self.complain(text)
        }
        // What could not be done at all is nothing to keep.
        if went_well || outcome.interrupted {
            self.browsed.done.push(Done { line: line.to_owned(), outcome, written, changes });
        }
        if !changes {
            return;
        }
        match self.session.browse_tree(&self.expression) {
            Ok(tree) => {
                self.view.replace(tree);
                self.looked_at = None;
            }
            // All of it was dropped.
            Err(_) => {
                self.browsed.fault =
                    Some(format!("nothing is left in {}: undo brings it back\n", self.expression));
                self.is_left = true;
            }
        }
    }
}

fn first_line(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    sanitize(line.trim_end_matches("; dropped:")).into_owned()
}

/// Of an error the line that says what is wrong.
fn last_line(text: &str) -> String {
    let mut lines = text.trim().lines().filter(|line| !line.starts_with(' '));
    let said = lines.rfind(|line| !line.starts_with("hint:") && !line.starts_with("note:"));
    first_line(said.unwrap_or(text))
}
