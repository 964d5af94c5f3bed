//! Documents that drifted: what they name must be there.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use goreos_tests::repository;

const DOCUMENTS: [&str; 2] = ["README.md", "ARCHITECTURE.md"];
/// Endings by which a word without a folder is a file of ours.
const ENDINGS: [&str; 9] = ["css", "html", "mjs", "rs", "sh", "sql", "toml", "typ", "yaml"];

/// The words in single backticks outside fenced blocks, and where links lead.
fn named(text: &str) -> (Vec<&str>, Vec<&str>) {
    let mut fenced = false;
    let prose = text.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    });
    let (mut words, mut links) = (Vec::new(), Vec::new());
    for line in prose {
        words.extend(line.split('`').skip(1).step_by(2));
        links.extend(line.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()));
    }
    (words, links)
}

/// True for what only a path of the repository looks like: its first folder is one of ours, or it has the ending of a file of ours.
fn is_path(word: &str, top: &BTreeSet<String>) -> bool {
    let plain = |sign: char| sign.is_ascii_alphanumeric() || "_-./".contains(sign);
    if word.is_empty() || !word.chars().all(plain) || word.starts_with('/') {
        return false;
    }
    let first = word.split('/').next().unwrap_or_default();
    let ending = Path::new(word).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    (word.contains('/') && top.contains(first))
        || (word.contains('.') && !word.starts_with('.') && ENDINGS.contains(&ending))
}

/// A word with a folder is a path from the root; one without may be a file anywhere.
fn exists(word: &str, files: &[String]) -> bool {
    let word = word.trim_end_matches('/');
    let inside = format!("{word}/");
    if word.contains('/') || !word.contains('.') {
        return files.iter().any(|file| file == word || file.starts_with(&inside));
    }
    files.iter().any(|file| file.rsplit('/').next() == Some(word))
}

/// Every file that is part of the repository, or will be once added.
fn files() -> Vec<String> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(repository())
        .output();
    let listed = listed.expect("git is installed");
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let lines = String::from_utf8_lossy(&listed.stdout);
    lines.lines().filter(|file| repository().join(file).exists()).map(str::to_owned).collect()
}

#[test]
fn the_documents_name_only_what_is_there() {
    let files = files();
    let top: BTreeSet<String> = files.iter().filter_map(|file| Some(file.split_once('/')?.0.to_owned())).collect();
    let mut gone = Vec::new();
    for document in DOCUMENTS {
        let text =
            std::fs::read_to_string(repository().join(document)).unwrap_or_else(|error| panic!("{document}: {error}"));
        let (words, links) = named(&text);
        let paths = words.into_iter().filter(|word| is_path(word, &top));
        let links = links.into_iter().filter(|link| !link.is_empty() && !link.contains(':'));
        gone.extend(paths.chain(links).filter(|word| !exists(word, &files)).map(|word| format!("{document}: {word}")));
    }
    assert!(gone.is_empty(), "named and not there:\n  {}", gone.join("\n  "));
}

#[test]
fn paths_are_told_from_other_words() {
    let top = BTreeSet::from(["crates".to_owned(), "sql".to_owned()]);
    let text = "See `crates/db/src/gone.rs`, `routes.rs` and [this](sql/gone.md#x); not `text/html`, `releases.x`, `sql/<noun>/<verb>.sql`.\n\
                ```\n`crates/fenced.rs`\n```\n";
    let (words, links) = named(text);
    let paths: Vec<&str> = words.into_iter().filter(|word| is_path(word, &top)).collect();
    assert_eq!((paths, links), (vec!["crates/db/src/gone.rs", "routes.rs"], vec!["sql/gone.md"]));
    let files = ["crates/db/src/lib.rs".to_owned(), "web/src/routes.rs".to_owned()];
    let there = ["crates/db/src/gone.rs", "routes.rs", "crates/db/", "src/routes.rs"].map(|word| exists(word, &files));
    assert_eq!(there, [false, true, true, false]);
}
