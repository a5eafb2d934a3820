//! Messages of the Jupyter protocol, as the rest of the kernel knows them.

use serde_json::Value;

/// The socket that a message comes from or goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// What is asked of the kernel, in its turn.
    Shell,
    /// What is asked of it at once.
    Control,
    /// What it asks of the person.
    Stdin,
    /// What everybody is told.
    IoPub,
}

/// A message from a client.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where it came in.
    pub channel: Channel,
    /// The client, as the socket knows it.
    pub route: Vec<Vec<u8>>,
    /// Its header, which goes back in what answers it.
    pub header: Value,
    /// What is asked: `execute_request`.
    pub kind: String,
    /// With what.
    pub content: Value,
}

/// A message to one client, or to all.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Where it goes out.
    pub channel: Channel,
    /// The client; empty where everybody is told.
    pub route: Vec<Vec<u8>>,
    /// The header of what it answers; null where it answers nothing.
    pub parent: Value,
    /// What it says: `stream`.
    pub kind: String,
    /// In what words.
    pub content: Value,
}

impl Request {
    /// A word of the content.
    pub fn text(&self, name: &str) -> &str {
        self.content.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A yes or no of the content.
    pub fn flag(&self, name: &str, default: bool) -> bool {
        self.content.get(name).and_then(Value::as_bool).unwrap_or(default)
    }

    /// A number of the content.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.content.get(name).and_then(Value::as_i64)
    }

    /// The answer to it: to the client that asked, on the same socket.
    pub fn reply(&self, content: Value) -> Parcel {
        let stem = self.kind.strip_suffix("_request").unwrap_or(&self.kind);
        Parcel {
            channel: self.channel,
            route: self.route.clone(),
            parent: self.header.clone(),
            kind: format!("{stem}_reply"),
            content,
        }
    }

    /// What everybody is told because of it.
    pub fn broadcast(&self, kind: &str, content: Value) -> Parcel {
        broadcast(&self.header, kind, content)
    }
}

/// What everybody is told because of the message with this header.
pub fn broadcast(parent: &Value, kind: &str, content: Value) -> Parcel {
    Parcel {
        channel: Channel::IoPub,
        route: Vec::new(),
        parent: parent.clone(),
        kind: kind.to_owned(),
        content,
    }
}

impl Parcel {
    /// Whether it is more of the same output, so that both can go as one.
    fn continues(&self, next: &Parcel) -> bool {
        let name = |parcel: &Parcel| parcel.content.get("name").cloned();
        self.kind == "stream"
            && next.kind == "stream"
            && name(self) == name(next)
            && self.parent.get("msg_id") == next.parent.get("msg_id")
    }

    /// Takes more of the same output; gives it back where it is something else.
    pub fn join(&mut self, next: Parcel) -> Option<Parcel> {
        if !self.continues(&next) {
            return Some(next);
        }
        let more = next.content.get("text").and_then(Value::as_str);
        match (self.content.get_mut("text"), more) {
            (Some(Value::String(text)), Some(more)) => {
                text.push_str(more);
                None
            }
            _ => Some(next),
        }
    }

    /// About how many bytes it takes.
    pub fn size(&self) -> usize {
        fn of(value: &Value) -> usize {
            match value {
                Value::String(text) => text.len(),
                Value::Array(items) => items.iter().map(of).sum(),
                Value::Object(entries) => entries.iter().map(|(key, value)| key.len() + of(value)).sum(),
                _ => 8,
            }
        }
        of(&self.content) + 64
    }
}

/// The byte at which the character of that number begins; the end where there are fewer.
pub fn byte_of_character(text: &str, number: usize) -> usize {
    text.char_indices().nth(number).map_or(text.len(), |(at, _)| at)
}

/// The number of the character that begins at a byte.
pub fn character_at_byte(text: &str, at: usize) -> usize {
    text.get(..at).map_or_else(|| text.chars().count(), |before| before.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn stream(name: &str, text: &str) -> Parcel {
        broadcast(&json!({"msg_id": "1"}), "stream", json!({"name": name, "text": text}))
    }

    #[test]
    fn more_of_the_same_output_goes_as_one() {
        let mut first = stream("stdout", "a\n");
        assert!(first.join(stream("stdout", "b\n")).is_none());
        assert_eq!(first.content["text"], "a\nb\n");
        assert!(first.join(stream("stderr", "c\n")).is_some());
        assert!(
            first.join(broadcast(&Value::Null, "stream", json!({"name": "stdout", "text": ""}))).is_some()
        );
        assert_eq!(first.content["text"], "a\nb\n");
    }

    #[test]
    fn places_are_counted_in_characters() {
        let text = "é𝒳x";
        assert_eq!([0, 1, 2, 3, 9].map(|at| byte_of_character(text, at)), [0, 2, 6, 7, 7]);
        assert_eq!([0, 2, 6, 7].map(|at| character_at_byte(text, at)), [0, 1, 2, 3]);
    }
}
