//! How many rows are above the cursor after the terminal has rewrapped the client's rows.

use blocking_chat::client::terminal::reflow::rows_above;

#[test]
fn wrapped_row_counts_as_several_rows() {
    assert_eq!(rows_above(&[40, 40], 22, 22, 40), 2);
    assert_eq!(rows_above(&[40, 40], 22, 22, 30), 4);
    assert_eq!(rows_above(&[40, 0], 22, 22, 20), 4);
}

#[test]
fn cursor_after_a_full_row_is_still_in_that_row() {
    assert_eq!(rows_above(&[], 20, 20, 20), 0);
    assert_eq!(rows_above(&[], 40, 20, 20), 1);
    assert_eq!(rows_above(&[], 0, 0, 20), 0);
}
