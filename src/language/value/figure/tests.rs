use super::*;
use crate::value::report::{Heat, Histogram, Plot, Series};

fn reports() -> Vec<Report> {
    let histogram =
        Histogram { low: -1.0, high: 1.0, counts: vec![1, 0, 7], nan: 2, infinite: 0, negative_infinite: 0 };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let heat = Heat {
        rows: names(&["h.*.<w>", "norm"]),
        columns: names(&["0", "1"]),
        cells: vec![Some(1.0), Some(3.0), None, Some(f64::NAN)],
        is_signed: false,
        foot: "root mean square".to_owned(),
    };
    let points = (0..10_000).map(|at| (f64::from(at), if at == 5000 { 9.0 } else { 1.0 })).collect();
    let odd = vec![(0.0, f64::NAN), (1.0, 2.0), (2.0, f64::INFINITY)];
    let series = |name: &str, points| Series { name: name.to_owned(), points };
    let plot = Plot { series: vec![series("loss", points), series("a & b", odd)], x: "step".to_owned() };
    vec![Report::Histogram(histogram), Report::Heat(heat), Report::Plot(plot)]
}

#[test]
fn pictures_are_whole_and_escaped() {
    for report in reports() {
        let figure = of(&report).unwrap();
        let png = figure.bytes(Format::Png).unwrap();
        let decoder = ::png::Decoder::new(std::io::Cursor::new(&png));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert!(pixels.iter().any(|byte| *byte != 255), "something is drawn");
        for ground in [Ground::Light, Ground::Dark, Ground::Either] {
            let picture = figure.png(ground).unwrap();
            let mut decoder = ::png::Decoder::new(std::io::Cursor::new(&picture));
            decoder.set_transformations(::png::Transformations::ALPHA);
            let mut reader = decoder.read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            reader.next_frame(&mut pixels).unwrap();
            let (pixels, _) = pixels.as_chunks::<4>();
            assert_eq!(pixels[0][3], 0, "what is behind it is seen");
            let drawn = pixels.iter().filter(|pixel| pixel[3] == 255);
            let bright = drawn.clone().filter(|pixel| pixel.iter().all(|byte| *byte > 0xe0)).count();
            assert!(drawn.count() > 0);
            assert!(ground != Ground::Dark || bright * 10 < pixels.len(), "little is bright on dark ground");
        }
        let svg = String::from_utf8(figure.bytes(Format::Svg).unwrap()).unwrap();
        assert!(
            svg.starts_with("<svg ")
                && svg.ends_with("</svg>\n")
                && !svg.contains("\"NaN")
                && !svg.contains(",NaN"),
            "{svg}"
        );
        assert!(!svg.contains("<w>") && !svg.contains("a & b"));
    }
}

#[test]
fn no_peak_is_thinned_away() {
    let figure = of(&reports()[2]).unwrap();
    let top = figure.marks.iter().filter_map(|mark| match mark {
        Mark::Line(points, colour) if *colour == colours::LINES[0] => Some(points),
        _ => None,
    });
    let lowest = top.flatten().map(|(_, y)| *y).fold(f64::INFINITY, f64::min);
    assert!(lowest < 20.0, "{lowest}");
}

#[test]
fn other_endings_are_refused() {
    assert_eq!(Format::of("a.b.PNG").unwrap(), Format::Png);
    assert!(Format::of("picture.jpg").is_err());
}
