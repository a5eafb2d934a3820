#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;
use std::cell::RefCell;
use torchsh_render::base64::base64;

fn picture(width: usize, height: usize, colours: &[[u8; 4]]) -> Pixels {
    Pixels { width, height, colours: colours.iter().copied().cycle().take(width * height).collect() }
}

fn png_of(pixels: &Pixels) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (width, height) = (pixels.width.try_into().unwrap(), pixels.height.try_into().unwrap());
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&pixels.colours.concat()).unwrap();
    writer.finish().unwrap();
    bytes
}

fn asked(answers: &[&str], set: &[(&str, &str)]) -> (Option<Viewer>, Vec<String>) {
    let questions = RefCell::new(Vec::new());
    let ask = |question: &str| {
        questions.borrow_mut().push(question.to_owned());
        answers.get(questions.borrow().len() - 1).map(|answer| (*answer).to_owned())
    };
    let variable =
        |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let found = found(&variable, &ask);
    (found, questions.into_inner())
}

#[test]
fn terminals_say_how_they_take_pictures() {
    let (kitty, questions) = asked(&["\x1b_Gi=31;OK\x1b\\\x1b[6;20;10t\x1b[?62;c"], &[]);
    assert_eq!(kitty, Some(Viewer { way: Way::Kitty, cell: (10, 20), colours: COLOURS }));
    assert_eq!(questions, [format!("{KITTY}{CELLS}")]);
    let (foot, _) = asked(&["\x1b[6;15;7t\x1b[?62;4;22c", "\x1b[?1;0;1024S\x1b[?62;4;22c"], &[]);
    assert_eq!(foot, Some(Viewer { way: Way::Sixel, cell: (7, 15), colours: 256 }));
    let (old, _) = asked(&["\x1b[?63;1;2;4;6;9;15;22c", "\x1b[?1;0;16S\x1b[?63;4c"], &[]);
    assert_eq!(old, Some(Viewer { way: Way::Sixel, cell: CELL, colours: 16 }));
    let (iterm, _) = asked(&["\x1b[?62;4c"], &[("LC_TERMINAL", "iTerm2")]);
    assert_eq!(iterm.map(|viewer| viewer.way), Some(Way::Iterm));
    // tmux would make a title of kitty's question.
    let (tmux, questions) = asked(&["\x1b[?1;2;4c"], &[("TMUX", "/tmp/x"), ("TERM_PROGRAM", "tmux")]);
    assert_eq!(tmux.map(|viewer| viewer.way), Some(Way::Sixel));
    assert!(!questions.concat().contains("\x1b_G"));
    for answer in ["\x1b[?62;22c", "\x1b[?4;6c", "\x1b_Gi=31;ENOTSUPPORTED\x1b\\\x1b[?62;c", "\x1b[?1;2c"] {
        assert_eq!(asked(&[answer], &[]).0, None, "{answer:?}");
    }
    assert_eq!(asked(&[], &[]).0, None);
}

#[test]
fn kitty_gets_pieces_that_come_to_the_whole() {
    let data = "ABCD".repeat(3000);
    let text = kitty(&data, Some(40));
    assert!(text.starts_with("\x1b_Ga=T,f=100,q=2,c=40,m=1;ABCD") && text.ends_with("\x1b\\\n"));
    let pieces: Vec<(&str, &str)> = text
        .split("\x1b\\")
        .filter_map(|piece| piece.trim_start_matches('\n').strip_prefix("\x1b_G")?.split_once(';'))
        .collect();
    assert_eq!(pieces.iter().map(|(_, data)| *data).collect::<String>(), data);
    assert!(pieces.iter().all(|(_, data)| data.len() <= PIECE));
    let last = pieces.len() - 1;
    assert!(pieces.iter().enumerate().all(|(place, (keys, _))| keys.ends_with("m=0") == (place == last)));
}

#[test]
fn pictures_fit_on_the_screen() {
    let viewer = Viewer { way: Way::Iterm, cell: (10, 20), colours: COLOURS };
    assert_eq!(viewer.scale((400, 200), (80, 24)), 1.0);
    assert_eq!(viewer.scale((1600, 200), (80, 24)), 0.5);
    assert_eq!(viewer.scale((400, 880), (80, 24)), 0.5);
    assert_eq!(Viewer { cell: (20, 40), ..viewer }.scale((400, 200), (80, 24)), 2.0);
    let pixels = picture(1600, 20, &[[1, 2, 3, 255]]);
    let text = viewer.text("QUJD", &pixels, (80, 24));
    assert_eq!(text, "\x1b]1337;File=inline=1;size=3;width=80;preserveAspectRatio=1:QUJD\x07\n");
}

#[test]
fn pixels_of_a_png_are_scaled() {
    let pixels = picture(4, 2, &[[0, 0, 0, 255], [200, 100, 0, 255]]);
    let back = Pixels::of_png(&png_of(&pixels)).unwrap();
    assert_eq!(back, pixels);
    assert_eq!(from_base64(&base64(&png_of(&pixels))).unwrap(), png_of(&pixels));
    let half = pixels.scaled(0.5);
    assert_eq!((half.width, half.height, half.colours[0]), (2, 1, [100, 50, 0, 255]));
    let twice = pixels.scaled(2.0);
    assert_eq!((twice.width, twice.height), (8, 4));
    assert_eq!(twice.colours[2], [200, 100, 0, 255]);
    assert_eq!(Pixels::of_png(b"GIF89a"), None);
}

/// What a terminal makes of sixels: the colour of each pixel.
fn drawn(text: &str, width: usize, height: usize) -> Vec<Option<[u32; 3]>> {
    let body = text.strip_prefix("\x1bP0;1;0q").unwrap().strip_suffix("\x1b\\").unwrap();
    let mut out = vec![None; width * height];
    let (mut palette, mut colour) = (HashMap::new(), 0);
    let (mut column, mut band) = (0, 0);
    let mut rest = body.strip_prefix(&format!("\"1;1;{width};{height}")).unwrap();
    while let Some(first) = rest.chars().next() {
        rest = &rest[1..];
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == ';')).unwrap_or(rest.len());
        let mut count = 1;
        let mut letter = first;
        match first {
            '#' => {
                let numbers: Vec<u32> =
                    rest[..end].split(';').map(|number| number.parse().unwrap()).collect();
                rest = &rest[end..];
                colour = numbers[0];
                if let [_, 2, red, green, blue] = numbers[..] {
                    palette.insert(colour, [red, green, blue]);
                }
                continue;
            }
            '$' => column = 0,
            '-' => (column, band) = (0, band + 1),
            '!' => {
                count = rest[..end].parse().unwrap();
                letter = rest[end..].chars().next().unwrap();
                rest = &rest[end + 1..];
            }
            _ => {}
        }
        if matches!(first, '$' | '-') {
            continue;
        }
        let bits = letter as usize - '?' as usize;
        for _ in 0..count {
            for row in (0..6).filter(|row| bits >> row & 1 == 1) {
                out[(band * 6 + row) * width + column] = Some(palette[&colour]);
            }
            column += 1;
        }
    }
    out
}

use std::collections::HashMap;

#[test]
fn sixels_draw_every_pixel_in_its_colour() {
    let colours =
        [[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 0, 0], [51, 102, 153, 255], [51, 102, 153, 255]];
    let pixels = picture(31, 13, &colours);
    let wanted: Vec<_> = pixels
        .colours
        .iter()
        .map(|&[red, green, blue, alpha]| {
            (alpha > 0).then(|| [red, green, blue].map(|part| u32::from(part) * 100 / 255))
        })
        .collect();
    assert_eq!(drawn(&sixel::text(&pixels, 256), 31, 13), wanted);
    // A picture of more colours than there may be has near ones.
    let many: Vec<[u8; 4]> = (0..=255).flat_map(|red| [[red, 9, 0, 255], [red, 200, 0, 255]]).collect();
    let pixels = picture(64, 8, &many);
    let shown = drawn(&sixel::text(&pixels, 256), 64, 8);
    let far = shown.iter().zip(&pixels.colours).filter(|(shown, wanted)| {
        let near = |(shown, wanted): (u32, u8)| shown.abs_diff(u32::from(wanted) * 100 / 255) <= 12;
        !shown.unwrap().into_iter().zip(**wanted).all(near)
    });
    assert_eq!(far.count(), 0);
    let mut known: Vec<_> = shown.into_iter().collect();
    known.sort_unstable();
    known.dedup();
    assert!(known.len() <= 256);
}
