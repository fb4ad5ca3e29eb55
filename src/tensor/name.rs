//! Names with numbers in them, sorted by the values of the numbers.

use std::ops::Range;

/// The ranges of the runs of digits.
pub(super) fn numbers(text: &str) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, _) in text.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit()) {
        match runs.last_mut() {
            Some(run) if run.end == at => run.end += 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs
}

/// Sorts names as people do, numbers by their values: texts and numbers in turn, a number as its count of digits and
/// the digits; last the name itself, for `1` and `01` differ.
pub(super) fn natural_key(name: &str) -> (Vec<(String, usize, String)>, String) {
    let mut parts = Vec::new();
    let mut end = 0;
    for number in numbers(name) {
        let digits = name[number.clone()].trim_start_matches('0');
        parts.push((name[end..number.start].to_owned(), digits.len(), digits.to_owned()));
        end = number.end;
    }
    parts.push((name[end..].to_owned(), 0, String::new()));
    (parts, name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_sort_by_their_values() {
        let sorted = ["", "fc", "layer1", "layer2.bias", "layer2.weight", "layer02.weight2", "layer10.bias", "layerx"];
        let mut names = sorted;
        names.reverse();
        names.sort_by_cached_key(|name| natural_key(name));
        assert_eq!(
            names,
            ["", "fc", "layer1", "layer2.bias", "layer2.weight", "layer02.weight2", "layer10.bias", "layerx"]
        );
        assert!(natural_key("a01") < natural_key("a1") && natural_key("a1") < natural_key("a2"));
        assert!(natural_key("a99999999999999999999") < natural_key("a100000000000000000000"));
    }
}
