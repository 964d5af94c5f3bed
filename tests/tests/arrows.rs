//! Which crate may use which: the arrows of ARCHITECTURE.md, read from `cargo metadata`.

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};
use goreos_tests::repository;

/// Each crate and those of ours it may use. All other arrows are forbidden; one that nobody uses is not.
const ARROWS: &[(&str, &[&str])] = &[
    ("goreos-domain", &[]),
    ("goreos-boot", &[]),
    ("goreos-db", &["goreos-domain"]),
    ("goreos-objects", &["goreos-domain"]),
    ("goreos-queue", &["goreos-domain"]),
    ("goreos-drawing", &["goreos-domain"]),
    ("goreos-reports", &["goreos-domain", "goreos-drawing"]),
    ("goreos-pipelines", &["goreos-domain", "goreos-db", "goreos-objects"]),
    (
        "goreos-worker",
        &[
            "goreos-boot",
            "goreos-domain",
            "goreos-db",
            "goreos-objects",
            "goreos-queue",
            "goreos-pipelines",
            "goreos-drawing",
            "goreos-reports",
        ],
    ),
    ("goreos-scheduler", &["goreos-boot", "goreos-domain", "goreos-db", "goreos-queue"]),
    (
        "goreos-cli",
        &["goreos-boot", "goreos-domain", "goreos-db", "goreos-objects", "goreos-queue", "goreos-pipelines"],
    ),
    ("goreos-web", &["goreos-boot", "goreos-domain", "goreos-db", "goreos-objects", "goreos-queue", "goreos-drawing"]),
    ("goreos-testkit", &["goreos-domain", "goreos-db", "goreos-objects", "goreos-queue"]),
    ("goreos-tests", &["goreos-testkit"]),
    ("goreos-benches", &["goreos-domain", "goreos-db", "goreos-pipelines", "goreos-drawing", "goreos-testkit"]),
];

/// Each outside system, with all crates whose names begin with its own, and the crates of ours that may name it, in tests too.
const OUTSIDE: &[(&str, &[&str])] = &[
    ("apalis", &["goreos-queue", "goreos-worker"]),
    ("apalis-redis", &["goreos-queue"]),
    ("askama", &["goreos-web"]),
    ("axum", &["goreos-web"]),
    ("gdal", &["goreos-pipelines"]),
    ("object_store", &["goreos-objects"]),
    ("polars", &["goreos-pipelines"]),
    ("redis", &["goreos-queue"]),
    ("sqlx", &["goreos-db"]),
    ("typst", &["goreos-reports"]),
];

/// A dependency as a manifest declares it.
#[derive(Debug, Clone)]
struct Edge {
    from: String,
    to: String,
    in_tests: bool,
}

fn metadata() -> Metadata {
    let manifest = repository().join("Cargo.toml");
    MetadataCommand::new().manifest_path(manifest).no_deps().exec().expect("cargo describes the workspace")
}

fn edges(metadata: &Metadata) -> Vec<Edge> {
    let packages = metadata.workspace_packages();
    let declared =
        packages.iter().flat_map(|package| package.dependencies.iter().map(|to| (package.name.to_string(), to)));
    declared
        .map(|(from, to)| Edge { from, to: to.name.clone(), in_tests: to.kind == DependencyKind::Development })
        .collect()
}

/// The edges that the two tables forbid, in words.
fn forbidden(edges: &[Edge]) -> Vec<String> {
    edges.iter().filter(|edge| !is_allowed(edge)).map(|edge| format!("{} -> {}", edge.from, edge.to)).collect()
}

fn is_allowed(edge: &Edge) -> bool {
    if edge.to.starts_with("goreos-") {
        // Any crate may test itself with the kit.
        let tests_itself = edge.in_tests && edge.to == "goreos-testkit";
        return tests_itself || ARROWS.iter().any(|(from, to)| *from == edge.from && to.contains(&edge.to.as_str()));
    }
    // The longest name that fits: apalis-redis is not apalis.
    let family = OUTSIDE.iter().filter(|(family, _)| is_of(&edge.to, family)).max_by_key(|(family, _)| family.len());
    family.is_none_or(|(_, users)| users.contains(&edge.from.as_str()))
}

fn is_of(name: &str, family: &str) -> bool {
    name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
}

#[test]
fn every_arrow_between_our_crates_is_drawn_and_each_outside_system_has_one_door() {
    let found = forbidden(&edges(&metadata()));
    assert!(found.is_empty(), "forbidden, see ARCHITECTURE.md:\n  {}", found.join("\n  "));
}

#[test]
fn every_crate_has_its_arrows_drawn() {
    let mut crates: Vec<String> =
        metadata().workspace_packages().iter().map(|package| package.name.to_string()).collect();
    let mut drawn: Vec<&str> = ARROWS.iter().map(|(from, _)| *from).collect();
    crates.sort();
    drawn.sort_unstable();
    assert_eq!(crates, drawn);
}

#[test]
fn a_forbidden_arrow_is_found() {
    let edge = |from: &str, to: &str, in_tests| Edge { from: from.into(), to: to.into(), in_tests };
    let tried = [
        edge("goreos-scheduler", "goreos-pipelines", false),
        edge("goreos-web", "goreos-reports", true),
        edge("goreos-web", "sqlx", false),
        edge("goreos-web", "typst-pdf", false),
        edge("goreos-worker", "apalis-redis", false),
        edge("goreos-tests", "polars-core", true),
        edge("goreos-nueva", "goreos-domain", false),
        edge("goreos-worker", "apalis", false),
        edge("goreos-web", "redistribute", false),
        edge("goreos-db", "goreos-testkit", true),
    ];
    let expected = [
        "goreos-scheduler -> goreos-pipelines",
        "goreos-web -> goreos-reports",
        "goreos-web -> sqlx",
        "goreos-web -> typst-pdf",
    ];
    let expected = expected.into_iter().chain([
        "goreos-worker -> apalis-redis",
        "goreos-tests -> polars-core",
        "goreos-nueva -> goreos-domain",
    ]);
    assert_eq!(forbidden(&tried), expected.collect::<Vec<_>>());
}
