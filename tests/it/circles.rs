//! No file imports another that, along any way, imports it.
//!
//! A path leads to the file that defines what it names: a child that imports a sibling by way of its parent does not
//! thereby import its parent. A folder's `mod.rs` may declare its children, export what they define, and list them, such
//! as the members of a family or the commands of the program; when it imports from a child, that is an import.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A path as segments.
type Segments = Vec<String>;

/// The files of a crate by their module, such as `["vector", "select"]` for `vector/select.rs`.
struct Sources(BTreeMap<Segments, Source>);

struct Source {
    /// Below `src`.
    file: String,
    /// Without comments and unit tests.
    code: String,
}

impl Sources {
    fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let source = |(file, text): (&str, &str)| {
            let module = file.trim_end_matches(".rs").split('/').map(str::to_owned);
            let module = module.filter(|name| !["mod", "lib"].contains(&name.as_str())).collect();
            (module, Source { file: file.to_owned(), code: code(text) })
        };
        Self(files.into_iter().map(source).collect())
    }

    /// The files that a file imports.
    fn imports(&self, module: &[String]) -> BTreeSet<&Segments> {
        let source = &self.0[module];
        let (uses, body) = split_uses(&source.code);
        let mut paths: Vec<Segments> =
            uses.iter().filter(|own| !own.is_exported).flat_map(|own| expand(&own.tree)).collect();
        paths.extend(inline_paths(&body).into_iter().filter(|path| ["crate", "super", "self"].contains(&&*path[0])));
        paths.iter().filter_map(|path| self.resolve(module, path)).filter(|target| *target != module).collect()
    }

    /// The file that defines what a path in a file names; `None` for other crates.
    fn resolve(&self, module: &[String], path: &[String]) -> Option<&Segments> {
        let mut at: Segments = match path.first()?.as_str() {
            "crate" => Vec::new(),
            "self" => module.to_vec(),
            "super" => module[..module.len().checked_sub(1)?].to_vec(),
            child => {
                // A child of this file; anything else is another crate or a local name.
                let child: Segments = module.iter().cloned().chain([child.to_owned()]).collect();
                return self.0.contains_key(&child).then(|| self.descend(child, &path[1..])).flatten();
            }
        };
        let mut rest = &path[1..];
        while let [next, below @ ..] = rest
            && next == "super"
        {
            at.pop();
            rest = below;
        }
        self.descend(at, rest)
    }

    fn descend(&self, mut at: Segments, mut rest: &[String]) -> Option<&Segments> {
        while let [next, below @ ..] = rest {
            let child: Segments = at.iter().cloned().chain([next.clone()]).collect();
            if !self.0.contains_key(&child) {
                break;
            }
            (at, rest) = (child, below);
        }
        let (found, source) = self.0.get_key_value(&at)?;
        // A name that the file only passes on is defined elsewhere.
        let Some(name) = rest.first() else { return Some(found) };
        let exported = split_uses(&source.code).0.into_iter().filter(|own| own.is_exported);
        let passed_on = exported.flat_map(|own| expand(&own.tree)).find(|path| path.last() == Some(name));
        match passed_on {
            Some(path) => self.resolve(&at, &path).or(Some(found)),
            None => Some(found),
        }
    }

    /// A circle of imports, file after file, if there is one.
    fn circle(&self) -> Option<Vec<&str>> {
        let edges: BTreeMap<&Segments, Vec<&Segments>> =
            self.0.keys().map(|module| (module, self.imports(module).into_iter().collect())).collect();
        let mut done: BTreeSet<&Segments> = BTreeSet::new();
        for start in edges.keys() {
            let mut way: Vec<(&Segments, usize)> = vec![(start, 0)];
            while let Some((at, next)) = way.pop() {
                if done.contains(at) {
                    continue;
                }
                let Some(&to) = edges[at].get(next) else {
                    done.insert(at);
                    continue;
                };
                way.push((at, next + 1));
                if let Some(begin) = way.iter().position(|(on_the_way, _)| *on_the_way == to) {
                    return Some(way[begin..].iter().map(|(module, _)| self.0[*module].file.as_str()).collect());
                }
                way.push((to, 0));
            }
        }
        None
    }
}

/// A `use` of a file.
struct Use {
    is_exported: bool,
    /// What follows the word, without spaces and line ends.
    tree: String,
}

/// A text without comments of whole lines and without its unit tests.
fn code(text: &str) -> String {
    let code = text.split_once("#[cfg(test)]\nmod ").map_or(text, |(code, _)| code);
    code.lines().filter(|line| !line.trim_start().starts_with("//")).fold(String::new(), |all, line| all + line + "\n")
}

/// The uses of a code, and the code without them.
fn split_uses(code: &str) -> (Vec<Use>, String) {
    let (mut uses, mut body, mut rest) = (Vec::new(), String::new(), code);
    while !rest.is_empty() {
        let line = rest.lines().next().unwrap_or_default();
        let words = line.trim_start();
        let visibility = words.split_once("use ").map(|(before, _)| before.trim());
        let is_use =
            visibility.is_some_and(|before| before.is_empty() || before == "pub" || before.starts_with("pub("));
        let end =
            if is_use { rest.find(';').map_or(rest.len(), |at| at + 1) } else { (line.len() + 1).min(rest.len()) };
        let (own, after) = rest.split_at(end);
        match visibility.filter(|_| is_use) {
            Some(visibility) => {
                let tree = own.trim().trim_start_matches(visibility).trim_start().trim_start_matches("use ");
                let tree =
                    tree.replace(" as ", " as_").trim_end_matches(';').split_whitespace().collect::<Vec<_>>().join("");
                uses.push(Use { is_exported: !visibility.is_empty(), tree });
            }
            None => body += own,
        }
        rest = after;
    }
    (uses, body)
}

/// All paths of a tree of imports: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn expand(tree: &str) -> Vec<Segments> {
    let Some((before, inside)) = tree.split_once('{') else {
        let names = tree.split("::").map(|name| name.split("as_").next().unwrap_or(name).to_owned());
        return vec![names.collect()];
    };
    let prefix: Segments = before.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let inside = &inside[..inside.rfind('}').unwrap_or(inside.len())];
    let (mut depth, mut begin, mut parts) = (0, 0, Vec::new());
    for (at, character) in inside.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inside[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inside[begin..]);
    let below = parts.into_iter().filter(|part| !part.is_empty()).flat_map(expand);
    below.map(|path| prefix.iter().cloned().chain(path).collect()).collect()
}

/// The paths of at least two names in a code, such as `crate::vector::norm_squared`.
fn inline_paths(code: &str) -> Vec<Segments> {
    let is_of_a_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let words = code.split(|c: char| !is_of_a_path(c)).filter(|word| word.contains("::") && !word.starts_with(':'));
    words.map(|word| word.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect()).collect()
}

#[test]
fn no_file_imports_another_that_imports_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut texts: Vec<(String, String)> = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let file = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
                texts.push((file, fs::read_to_string(path).unwrap()));
            }
        }
    }
    texts.retain(|(file, _)| file != "main.rs");
    let sources = Sources::new(texts.iter().map(|(file, text)| (file.as_str(), text.as_str())));
    let circle = sources.circle();
    assert_eq!(circle, None, "each imports the next, and the last the first");
}

#[test]
fn a_circle_is_found_however_it_is_written() {
    let circle = |files: &[(&str, &str)]| {
        let found = Sources::new(files.iter().copied());
        found.circle().map(|circle| circle.iter().map(|file| (*file).to_owned()).collect::<Vec<_>>())
    };
    let a = ("a.rs", "use crate::b::{self, Thing};\n");
    assert_eq!(circle(&[a, ("b.rs", "use crate::c;\n"), ("c.rs", "use std::fs;\n")]), None);
    // Across three files, in a path, in a list of several lines.
    let b = ("b.rs", "fn f() { crate::c::g() }\n");
    let c = ("c.rs", "use crate::{\n    a::Other,\n    d,\n};\n");
    assert_eq!(circle(&[a, b, c, ("d.rs", "")]).unwrap(), ["a.rs", "b.rs", "c.rs"]);
    // By way of a module, whose name is all that is imported.
    let (a, b) = (("a.rs", "use crate::b;\n"), ("b.rs", "use super::{a as other};\n"));
    assert_eq!(circle(&[a, b]).unwrap(), ["a.rs", "b.rs"]);
    // Unit tests and comments import what they like.
    assert_eq!(circle(&[a, ("b.rs", "// crate::a::X\n#[cfg(test)]\nmod tests {\n    use crate::a::X;\n}\n")]), None);
    // A sibling by way of the parent is the sibling; what the parent defines is the parent.
    let parent = ("p/mod.rs", "mod x;\nmod y;\npub use x::X;\nuse y::Y;\npub struct Own;\n");
    assert_eq!(circle(&[parent, ("p/x.rs", "use super::y::Y;\n"), ("p/y.rs", "")]), None);
    assert_eq!(circle(&[parent, ("p/x.rs", ""), ("p/y.rs", "use super::X;\n")]), None);
    assert_eq!(circle(&[parent, ("p/x.rs", "use super::Own;\n"), ("p/y.rs", "")]), None);
    assert_eq!(circle(&[parent, ("p/x.rs", ""), ("p/y.rs", "use super::Own;\n")]).unwrap(), ["p/mod.rs", "p/y.rs"]);
    // Through an export a circle is a circle all the same.
    let passed = ("p/y.rs", "use super::X;\n");
    assert_eq!(circle(&[parent, ("p/x.rs", "use super::y::Y;\n"), passed]).unwrap(), ["p/y.rs", "p/x.rs"]);
    // A list of children is not an import, though each of them knows what the parent defines.
    let list = ("p/mod.rs", "mod x;\npub struct Own;\nfn all() -> [Own; 1] { [x::own()] }\n");
    assert_eq!(circle(&[list, ("p/x.rs", "use super::Own;\n")]), None);
}
