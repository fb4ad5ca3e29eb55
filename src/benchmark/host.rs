//! The machine that times belong to: processor, caches, memory, instructions, as far as the system tells.

use crate::vector::Level;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// Model, caches, memory and its limit, and the instructions that the kernels use; null where the system does not say.
#[must_use]
pub fn describe() -> Value {
    let processor = std::fs::read_to_string("/proc/cpuinfo").ok();
    let memory = std::fs::read_to_string("/proc/meminfo").ok();
    json!({
        "processor": processor.as_deref().and_then(|text| field(text, "model name")),
        "frequency_mhz": processor.as_deref().and_then(|text| field(text, "cpu MHz")),
        "caches": caches(Path::new("/sys/devices/system/cpu/cpu0/cache")),
        "memory": memory.as_deref().and_then(|text| field(text, "MemTotal")),
        "memory_limit": std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok().map(|text| text.trim().to_owned()),
        "instructions": Level::default().name(),
        "threads": std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
    })
}

/// The value of the first line `name : value`.
fn field(text: &str, name: &str) -> Option<String> {
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    lines
        .map(|(key, value)| (key.trim(), value.trim()))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// Size of each cache of a core, such as `L2 unified`: `1024K`.
fn caches(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let caches = entries.filter_map(|entry| {
        let read = |name| std::fs::read_to_string(entry.path().join(name)).ok().map(|text| text.trim().to_owned());
        Some((format!("L{} {}", read("level")?, read("type")?.to_lowercase()), read("size")?))
    });
    caches.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_tells_is_read() {
        let text = "processor\t: 0\nmodel name\t: Some CPU @ 3 GHz: fast\nmodel name\t: other\n";
        assert_eq!(field(text, "model name").as_deref(), Some("Some CPU @ 3 GHz: fast"));
        assert_eq!(field(text, "cpu MHz"), None);
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("index2")).unwrap();
        for (name, content) in [("level", "2\n"), ("type", "Unified\n"), ("size", "1024K\n")] {
            std::fs::write(folder.path().join("index2").join(name), content).unwrap();
        }
        std::fs::write(folder.path().join("uevent"), "").unwrap();
        assert_eq!(caches(folder.path()), BTreeMap::from([("L2 unified".to_owned(), "1024K".to_owned())]));
    }
}
