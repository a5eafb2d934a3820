//! The built-in walk through the shell.

use crate::error::{Error, Result};

/// The pages: a title and what to read and type.
const PAGES: &[(&str, &str)] = &[
    (
        "a state_dict is a dictionary",
        "A state_dict maps the name of each layer's weights to a tensor.\n\
         It is an ordinary dictionary:\n\n\
         \x20   d1 = {\"浙江\": \"杭州\", \"江苏\": \"nanjing\"}\n\
         \x20   d1.update(江苏=\"南京\")\n\
         \x20   d1\n\n\
         update adds the keys that are new and replaces those that are there.",
    ),
    (
        "a model and its state_dict",
        "    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8))\n\
         \x20   m = state_dict(model)\n\
         \x20   m\n\n\
         The batch norm's running_mean, running_var and num_batches_tracked\n\
         are in it too.",
    ),
    (
        "save and load",
        "    save m \"model.pt\"\n\
         \x20   p = load(\"model.pt\", cpu)\n\
         \x20   items p\n\n\
         load maps the file: even a large one is there at once.\n\
         Nothing in it is executed.",
    ),
    (
        "keep what fits",
        "Another head, another shape: load_state_dict would refuse.\n\
         Keep what has the model's shapes:\n\n\
         \x20   p = filter p shape== m\n\
         \x20   explain filter p shape== m\n\n\
         filter says what it dropped and why; explain prints the Python\n\
         that it stands for.",
    ),
    (
        "put it into the model",
        "    update m p\n\
         \x20   load_state_dict m into model\n\n\
         <All keys matched successfully>: that is all there is to it.",
    ),
    (
        "mend and look closer",
        "    p = strip p \"module.\"        keys that DataParallel left\n\
         \x20   p = rename p \"^fc\" \"head\"     by regular expression\n\
         \x20   tree p    describe p    diff m p    find p \"*.bias\"\n\
         \x20   undo      who           history     help filter\n\n\
         Tab behind p[ shows the keys; page shows all of a result that was cut.",
    ),
];

/// A page by its number; the list of pages without one.
///
/// # Errors
/// There is no such page.
pub fn page(number: &str) -> Result<String> {
    let chosen =
        number.parse::<usize>().ok().and_then(|number| Some((number, PAGES.get(number.checked_sub(1)?)?)));
    Ok(match chosen {
        Some((number, (title, text))) => {
            let next = if number < PAGES.len() {
                format!("\n\nnext: tutorial {}", number + 1)
            } else {
                String::new()
            };
            format!("{number}. {title}\n\n{text}{next}")
        }
        None if !number.is_empty() => {
            let message = format!("the tutorial has {} pages, not {number}", PAGES.len());
            return Err(Error::value(message).hint("usage: tutorial [PAGE]"));
        }
        None => {
            let list: String = PAGES
                .iter()
                .zip(1..)
                .map(|((title, _), number)| format!("  tutorial {number}  {title}\n"))
                .collect();
            format!("A walk in {} pages; type what they show.\n{list}", PAGES.len())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_fits_a_screen() {
        let numbers = (1..=PAGES.len()).map(|number| number.to_string()).chain([String::new()]);
        for number in numbers {
            let page = page(&number).unwrap();
            assert!(
                page.lines().count() < 22 && page.lines().all(|line| crate::render::width::width(line) < 76),
                "{page}"
            );
        }
    }
}
