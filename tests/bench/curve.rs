pub fn svg(_: &[crate::experiment::Experiment]) -> String {
    String::new()
}
