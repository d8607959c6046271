//! The measures of GB/T 9704-2012, as Word counts them.
//!
//! Source: GB/T 9704-2012 5.1 (paper, margins), 5.2 (fonts, lines and characters), 7.5 (page numbers).

/// Twips (1/20 point) in `tenths` of a millimetre.
const fn twips(tenths: u32) -> u32 {
    // 1440 twips to the inch of 25.4 mm.
    (tenths * 1440 + 127) / 254
}

/// A4.
pub(super) const PAGE_WIDTH: u32 = twips(2100);
pub(super) const PAGE_HEIGHT: u32 = twips(2970);
/// 天头 37 mm, 订口 28 mm; with a text area of 156 × 225 mm that leaves 26 mm and 35 mm.
pub(super) const MARGIN_TOP: u32 = twips(370);
pub(super) const MARGIN_LEFT: u32 = twips(280);
pub(super) const MARGIN_RIGHT: u32 = twips(260);
pub(super) const MARGIN_BOTTOM: u32 = twips(350);
pub(super) const TEXT_WIDTH: u32 = PAGE_WIDTH - MARGIN_LEFT - MARGIN_RIGHT;
const TEXT_HEIGHT: u32 = PAGE_HEIGHT - MARGIN_TOP - MARGIN_BOTTOM;

pub(super) const LINES_PER_PAGE: u32 = 22;
pub(super) const CHARACTERS_PER_LINE: u32 = 28;
/// From line to line, rounded down so that the last line still fits: 579 twips, 28.95 points.
pub(super) const LINE_PITCH: u32 = TEXT_HEIGHT / LINES_PER_PAGE;
/// From character to character: 315.9 twips; in hundredths, so that indents of many characters stay exact.
const CHARACTER_PITCH_HUNDREDTHS: u32 = TEXT_WIDTH * 100 / CHARACTERS_PER_LINE;

/// 3号, 4号, 2号, 五号 in half points.
pub(super) const SIZE_BODY: u32 = 32;
pub(super) const SIZE_FOUR: u32 = 28;
pub(super) const SIZE_TITLE: u32 = 44;
pub(super) const SIZE_TABLE: u32 = 21;

/// Full characters of 2号 in a line of the title: 442 points by 22.
pub(super) const TITLE_CHARACTERS_PER_LINE: usize = 20;

/// What the grid takes from each 3号 character (16 points), in 1/4096 point: 28 characters of 16 points would need
/// 448 points, the line has 442.25. Fifteen units more than exact, lest a rounding push the last one over.
pub(super) const CHARACTER_SPACE: i32 = {
    let exact = (CHARACTER_PITCH_HUNDREDTHS as i32 - 16 * 20 * 100) * 4096 / (20 * 100);
    exact - 15
};

/// The same by condensing the type itself: 28 characters of 320 − 6 twips are 8792 of the line's 8845 twips; five would
/// do, but not every program condenses by an odd number. Paragraphs are laid out by this and by exact lines, not by the
/// grid: not every program can squeeze characters into a grid narrower than they are, and lines of a grid grow with
/// a substitute font. The grid is what the page set-up shows.
pub(super) const CONDENSED_BY: u32 = (SIZE_BODY * 10 - TEXT_WIDTH / CHARACTERS_PER_LINE).next_multiple_of(2);

/// The page number's line: its dashes 7 mm under the text area, hence 28 mm over the paper's edge; the line of 16
/// points is centred on them.
pub(super) const FOOTER_DISTANCE: u32 = twips(280) - FOOTER_LINE / 2;
pub(super) const FOOTER_LINE: u32 = 16 * 20;
/// The mark at the head stands well over the text, as 密级 would on its first line.
pub(super) const HEADER_DISTANCE: u32 = twips(200);

/// Twips of so many hundredths of a full character on the grid.
pub(super) const fn characters(hundredths: u32) -> u32 {
    (CHARACTER_PITCH_HUNDREDTHS * hundredths + 5000) / 10_000
}

/// The width of a text in hundredths of a full character: ASCII takes half a place.
pub(super) fn width_of(text: &str) -> u32 {
    text.chars().map(|character| if character.is_ascii() { 50 } else { 100 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_is_that_of_the_standard() {
        assert_eq!((PAGE_WIDTH, PAGE_HEIGHT), (11906, 16838));
        assert_eq!((MARGIN_TOP, MARGIN_LEFT, MARGIN_RIGHT, MARGIN_BOTTOM), (2098, 1587, 1474, 1984));
        assert_eq!((LINE_PITCH, CHARACTER_SPACE, CONDENSED_BY), (579, -856, 6));
        assert_eq!(characters(200), 632);
    }
}
