//! Keys that were typed ahead: before the prompt was there again, while something else read the terminal.

use std::collections::VecDeque;

use super::buffer::Buffer;
use torchsh_session::complete;

/// What the person meant by a key of those.
#[derive(Debug, PartialEq, Eq)]
pub enum Typed {
    /// An input that was ended with Enter.
    Input(String),
    /// Ctrl-D on an empty line.
    End,
}

/// What is still to be done.
#[derive(Debug, Default)]
pub struct Ahead(VecDeque<Typed>);

impl Ahead {
    /// Does what the keys would have done at the prompt; what the line begins with after them. Enter is `\r`, Backspace
    /// `\x7f`, Ctrl-C and Ctrl-D are as terminals send them.
    pub fn add(&mut self, keys: &str, begun: Buffer) -> Buffer {
        let mut now = begun;
        for key in keys.chars() {
            now = match key {
                '\r' if complete::is_complete(&now.text) => {
                    self.0.push_back(Typed::Input(now.text));
                    Buffer::default()
                }
                '\r' => now.broken(),
                '\x7f' => without_last(&now),
                '\x03' => Buffer::default(),
                '\x04' if now.text.is_empty() => {
                    self.0.push_back(Typed::End);
                    now
                }
                '\x04' => now,
                key => now.inserted(key.encode_utf8(&mut [0; 4])),
            };
        }
        now
    }

    /// The next of them.
    pub fn next(&mut self) -> Option<Typed> {
        self.0.pop_front()
    }
}

fn without_last(now: &Buffer) -> Buffer {
    let last = now.before().chars().next_back().map_or(0, char::len_utf8);
    now.backspaced().unwrap_or_else(|| now.replaced(now.at - last, now.at, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_inputs() {
        let mut ahead = Ahead::default();
        let begun = ahead.add("x = 12\x7f\r\rwrong\x03if x:\rprint(x)\r\r\x04le\x7fft", Buffer::default());
        assert_eq!(begun, Buffer::at_end("lft"));
        for text in ["x = 1", "", "if x:\n    print(x)\n    "] {
            assert_eq!(ahead.next(), Some(Typed::Input(text.to_owned())));
        }
        assert_eq!((ahead.next(), ahead.next()), (Some(Typed::End), None));
    }
}
