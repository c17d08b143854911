//! How many rows a terminal makes of the client's.

use blocking_chat::client::terminal::reflow::rows_above;

#[test]
fn a_row_that_is_broken_counts_as_several() {
    assert_eq!(rows_above(&[40, 40], 22, 22, 40), 2);
    assert_eq!(rows_above(&[40, 40], 22, 22, 30), 4);
    assert_eq!(rows_above(&[40, 0], 22, 22, 20), 4);
}

#[test]
fn behind_a_full_row_the_cursor_is_in_it() {
    assert_eq!(rows_above(&[], 20, 20, 20), 0);
    assert_eq!(rows_above(&[], 40, 20, 20), 1);
    assert_eq!(rows_above(&[], 0, 0, 20), 0);
}
