//! Results as HTML for a notebook: static, styled in place, and right on light and dark ground. Nothing here is a script, and
//! everything that came from a file is escaped.

use super::sanitize::sanitize_lines;

/// Text as it stands between tags and in attributes.
#[must_use]
pub fn escape(text: &str) -> String {
    let text = sanitize_lines(text);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Text as it is, in letters of one width.
#[must_use]
pub fn preformatted(text: &str) -> String {
    format!("<pre style=\"margin:0;white-space:pre-wrap\">{}</pre>", escape(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_file_is_no_tag() {
        assert_eq!(escape("<b a=\"'x'\">&"), "&lt;b a=&quot;&#39;x&#39;&quot;&gt;&amp;");
    }
}
