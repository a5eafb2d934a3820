//! Candidates of completion.

use torchsh_session::complete::Candidate;

/// What all candidates begin with.
pub fn common_beginning(candidates: &[Candidate]) -> &str {
    let Some((first, others)) = candidates.split_first() else { return "" };
    let mut end = first.text.len();
    for other in others {
        let same = first.text.char_indices().zip(other.text.chars()).take_while(|((_, a), b)| a == b);
        end = end.min(same.map(|((at, c), _)| at + c.len_utf8()).last().unwrap_or(0));
    }
    first.text.get(..end).unwrap_or_default()
}
