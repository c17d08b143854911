//! How many rows a terminal makes of the client's.

use blocking_chat::client::terminal::reflow::rows_above;

#[test]
fn a_row_that_is_broken_counts_as_several() {
    assert_eq!(rows_above([40, 40].into_iter(), 22, 40), 2);
    assert_eq!(rows_above([40, 40].into_iter(), 22, 30), 4);
    assert_eq!(rows_above([40, 0].into_iter(), 22, 20), 4);
}
