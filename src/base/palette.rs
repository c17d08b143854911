//! The colors of names. The terminal client and the web page use the same colors, and assign them by the same rule.
//!
//! A user can change the first 16 colors of a terminal, so their contrast is unknown. The colors from 16 on are fixed:
//! a cube of 6 × 6 × 6 colors and some grays. Of the fixed colors, 69 have a contrast of at least 3:1 on black, on
//! white and on the web page. WCAG 2.2 requires this of large text (success criterion 1.4.3). The palette holds 12 of
//! the 69: those that lie farthest apart in OKLab.

/// The number of colors in the palette: 12. If there are more names, some share a color.
pub(crate) const COLORS: usize = 12;

/// The colors, in an order in which neighbors are easy to tell apart.
pub(crate) const PALETTE: [PaletteColor; COLORS] = [
    PaletteColor(27),
    PaletteColor(202),
    PaletteColor(28),
    PaletteColor(127),
    PaletteColor(31),
    PaletteColor(160),
    PaletteColor(93),
    PaletteColor(136),
    PaletteColor(198),
    PaletteColor(105),
    PaletteColor(96),
    PaletteColor(201),
];

/// A color from the color cube of a 256-color terminal, as its number: 16 to 231.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct PaletteColor(u8);

impl PaletteColor {
    /// Returns the number of the color, for `ESC [ 38 ; 5 ; NUMBER m`.
    pub(crate) const fn number(self) -> u8 {
        self.0
    }

    /// Returns the red, green and blue values that xterm uses for the color.
    pub(crate) const fn rgb(self) -> [u8; 3] {
        let place = self.0.saturating_sub(16);
        [level(place / 36), level(place / 6 % 6), level(place % 6)]
    }
}

/// Returns the red, green or blue value of a step from 0 to 5 in the color cube: 0, 95, 135, 175, 215 or 255.
const fn level(step: u8) -> u8 {
    match step {
        0 => 0,
        _ => 55 + 40 * step,
    }
}

/// Assigns colors to names.
///
/// The hash of a name selects a color. If another name has the selected color, the new name gets the next free color.
/// So a name usually has the same color on every screen, and the first twelve names have different colors. When no
/// color is free, the new name shares the selected color, and is not stored.
#[derive(Debug, Default)]
pub(crate) struct NameColors {
    owners: [Option<String>; COLORS],
}

impl NameColors {
    /// Returns the color of a name. A stored name keeps its color until [`NameColors::read_notice`] frees it.
    pub(crate) fn color(&mut self, name: &str) -> PaletteColor {
        let owned = self
            .owners
            .iter()
            .position(|owner| owner.as_deref() == Some(name));
        let proposed = usize::try_from(hash(name)).unwrap_or_default() % COLORS;
        let place = owned.unwrap_or_else(|| self.assign(name, proposed));
        PALETTE.get(place).copied().unwrap_or(PALETTE[0])
    }

    /// Frees the color of a name if the text of a notice is `NAME left`, or begins with `NAME is now`.
    pub(crate) fn read_notice(&mut self, text: &str) {
        let renamed = text.split_once(" is now ").map(|(old, _)| old);
        let name = renamed.or_else(|| text.strip_suffix(" left"));
        for owner in &mut self.owners {
            if owner.is_some() && owner.as_deref() == name {
                *owner = None;
            }
        }
    }

    fn assign(&mut self, name: &str, proposed: usize) -> usize {
        let places = (proposed..COLORS).chain(0..proposed);
        for place in places {
            if let Some(owner @ None) = self.owners.get_mut(place) {
                *owner = Some(name.to_owned());
                return place;
            }
        }
        proposed
    }
}

/// Returns the 32-bit FNV-1a hash of a name. The web page computes the same hash in JavaScript.
fn hash(name: &str) -> u32 {
    name.bytes().fold(0x811C_9DC5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::{COLORS, NameColors, PALETTE};

    const BLACK: [u8; 3] = [0; 3];
    const WHITE: [u8; 3] = [255; 3];
    /// The darkest background of the web page (`--field`).
    const PAGE: [u8; 3] = [0x0F, 0x12, 0x16];

    /// Returns the relative luminance (WCAG 2.2).
    fn luminance(rgb: [u8; 3]) -> f64 {
        let [red, green, blue] = rgb.map(|value| match f64::from(value) / 255.0 {
            value if value <= 0.04045 => value / 12.92,
            value => ((value + 0.055) / 1.055).powf(2.4),
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn every_color_is_readable_on_black_and_on_white() {
        for color in PALETTE {
            for background in [BLACK, WHITE, PAGE] {
                let contrast = contrast(color.rgb(), background);
                assert!(
                    contrast >= 3.0,
                    "{color:?} on {background:?}: {contrast:.2}"
                );
            }
        }
    }

    #[test]
    fn any_two_colors_differ_clearly() {
        for (index, one) in PALETTE.iter().enumerate() {
            for other in &PALETTE[..index] {
                let squares = one.rgb().into_iter().zip(other.rgb());
                let square: i32 = squares
                    .map(|(a, b)| (i32::from(a) - i32::from(b)).pow(2))
                    .sum();
                assert!(square > 60 * 60, "{one:?} and {other:?}");
            }
        }
    }

    #[test]
    fn first_twelve_names_have_different_colors_and_keep_them() {
        let names = "anna ben carl dora emil fay gus hana ivan jo kim lea".split(' ');
        let mut colors = NameColors::default();
        let first: Vec<_> = names.clone().map(|name| colors.color(name)).collect();
        for (index, color) in first.iter().enumerate() {
            assert!(!first[..index].contains(color), "{color:?} twice");
        }
        colors.color("one-too-many");
        let again: Vec<_> = names.map(|name| colors.color(name)).collect();
        assert_eq!((first.len(), &again), (COLORS, &first));
    }

    #[test]
    fn leave_and_rename_free_a_color() {
        let mut colors = NameColors::default();
        let first = "abcdefghijkl".split("").filter(|name| !name.is_empty());
        let first: Vec<_> = first.map(|name| colors.color(name)).collect();
        for (notice, index) in [("c left", 2), ("g is now left", 6)] {
            colors.read_notice(notice);
            assert_eq!(colors.color(notice), first[index]);
        }
        colors.read_notice("b left the building");
        colors.read_notice("b joined");
        assert_eq!(colors.color("b"), first[1]);
    }
}
