//! The metrics of a server, parsed more strictly than Prometheus parses them.

use std::collections::BTreeMap;

use super::chat::Endpoint;
use super::http_client::HttpClient;
use super::wait::until;

/// The value of each sample. The key is the sample's name with its labels, exactly as printed.
#[derive(Debug)]
pub struct Scrape(pub BTreeMap<String, f64>);

impl Scrape {
    /// Fetches the metrics on a connection that stays open. The metrics include this connection.
    pub fn fetch(client: &mut HttpClient) -> Scrape {
        let response = client.get("/metrics");
        assert_eq!(response.status, 200);
        let format = "text/plain; version=0.0.4; charset=utf-8";
        assert_eq!(response.field("Content-Type"), Some(format));
        Scrape(parse(&response.body))
    }

    /// Returns the value of a sample, which must be a whole number.
    #[track_caller]
    pub fn get(&self, sample: &str) -> u64 {
        let value = self.0.get(sample).copied();
        let value = value.unwrap_or_else(|| panic!("no {sample} in {self:?}"));
        assert!(value >= 0.0 && value.fract() == 0.0, "{sample} is {value}");
        value as u64
    }
}

/// Waits until these samples have these values. The server counts an action after doing it, so a client may see the
/// result before the server has counted it.
#[track_caller]
pub fn until_counted(endpoint: &Endpoint, expected: &[(&str, u64)]) {
    let mut client = HttpClient::connect(endpoint);
    until(
        || {
            let metrics = Scrape::fetch(&mut client);
            let values = expected
                .iter()
                .map(|(sample, _)| (*sample, metrics.get(sample)));
            values.collect::<Vec<_>>()
        },
        |values| values == expected,
    );
}

/// Parses the metrics. Panics unless they consist of families, each with a HELP, a TYPE and samples of the same name.
pub fn parse(text: &str) -> BTreeMap<String, f64> {
    assert!(text.ends_with('\n') && !text.contains("\n\n") && !text.contains('\r'));
    let mut samples = BTreeMap::new();
    let mut names = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let help = line.strip_prefix("# HELP ").expect(line);
        let (name, help) = help.split_once(' ').expect(line);
        assert!(
            is_name(name) && !help.is_empty() && !help.contains('\\'),
            "{line}"
        );
        assert!(!names.contains(&name), "{name} occurs twice");
        names.push(name);
        let line = lines.next().unwrap();
        let kind = line.strip_prefix(&format!("# TYPE {name} ")).expect(line);
        assert!(matches!(kind, "counter" | "gauge"), "{line}");
        assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
        let before = samples.len();
        while let Some(line) = lines.next_if(|line| !line.starts_with('#')) {
            let (sample, value) = line.rsplit_once(' ').expect(line);
            assert!(is_sample_of(name, sample), "{line}");
            let value: f64 = value.parse().expect(line);
            assert!(value.is_finite() && value >= 0.0, "{line}");
            assert!(samples.insert(sample.to_owned(), value).is_none(), "{line}");
        }
        assert!(samples.len() > before, "{name} has no value");
    }
    samples
}

fn is_name(name: &str) -> bool {
    name.starts_with("chat_")
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// Returns whether a sample has this name, either alone or with one label in braces.
fn is_sample_of(name: &str, sample: &str) -> bool {
    let Some(labels) = sample.strip_prefix(name) else {
        return false;
    };
    let label = labels
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix("\"}"));
    let label = label.and_then(|label| label.split_once("=\""));
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    labels.is_empty() || label.is_some_and(|(label, value)| is_word(label) && is_word(value))
}
