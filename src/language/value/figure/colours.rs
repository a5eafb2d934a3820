//! Colours of numbers.

/// One colour for each share from 0 to 1, dark to light.
#[must_use]
pub fn shade(share: f64) -> [u8; 3] {
    // Viridis's stops, read off at even distances: no ground makes either end invisible.
    const STOPS: [[f64; 3]; 5] = [
        [68.0, 1.0, 84.0],
        [59.0, 82.0, 139.0],
        [33.0, 145.0, 140.0],
        [94.0, 201.0, 98.0],
        [253.0, 231.0, 37.0],
    ];
    mixed(&STOPS, share)
}

/// One colour for each share from 0 (blue) over 0.5 (white) to 1 (red).
#[must_use]
pub fn shade_of_signed(share: f64) -> [u8; 3] {
    const STOPS: [[f64; 3]; 5] = [
        [33.0, 60.0, 160.0],
        [120.0, 160.0, 220.0],
        [240.0, 240.0, 240.0],
        [225.0, 130.0, 110.0],
        [160.0, 20.0, 40.0],
    ];
    mixed(&STOPS, share)
}

fn mixed(stops: &[[f64; 3]], share: f64) -> [u8; 3] {
    let place = share.clamp(0.0, 1.0) * (stops.len() - 1) as f64;
    let (low, part) = (place.floor() as usize, place.fract());
    let (Some(from), Some(to)) = (stops.get(low), stops.get(low + 1).or(stops.last())) else { return [0; 3] };
    let mut colour = [0; 3];
    for ((out, from), to) in colour.iter_mut().zip(from).zip(to) {
        *out = (from + (to - from) * part).round() as u8;
    }
    colour
}

/// Colours of lines side by side, told apart by those who do not see all of them (Okabe and Ito's, black last).
pub const LINES: [[u8; 3]; 8] = [
    [0, 114, 178],
    [213, 94, 0],
    [0, 158, 115],
    [204, 121, 167],
    [230, 159, 0],
    [86, 180, 233],
    [120, 100, 20],
    [0, 0, 0],
];
