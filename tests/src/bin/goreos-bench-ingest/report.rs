//! What came of it: a line per case and contender, and whether the goals are met.

use serde_json::{Value, json};

use crate::case::{Case, Contender};
use crate::stage::Took;

/// The turns of one contender in one case.
#[derive(Debug)]
pub(crate) struct Figure {
    case: Case,
    pub(crate) contender: Contender,
    took: Vec<Took>,
    pub(crate) correct: bool,
    remark: String,
}

/// What is told of them.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) case: String,
    pub(crate) contender: String,
    /// `None` when what it loaded is wrong.
    pub(crate) median_s: Option<f64>,
    pub(crate) least_s: Option<f64>,
    pub(crate) cpu_s: Option<f64>,
    pub(crate) peak_mb: Option<u64>,
    pub(crate) per_s: Option<f64>,
    pub(crate) correct: bool,
    pub(crate) note: String,
}

impl Figure {
    pub(crate) fn new(case: Case, contender: Contender) -> Self {
        Self { case, contender, took: Vec::new(), correct: true, remark: String::new() }
    }

    pub(crate) fn add(&mut self, took: &Took) {
        self.took.push(*took);
    }

    pub(crate) fn refuse(&mut self, why: &str) {
        self.correct = false;
        self.remark(why);
    }

    pub(crate) fn remark(&mut self, remark: &str) {
        self.remark = format!("; {remark}");
    }

    pub(crate) fn line(&self) -> Line {
        let good = self.correct && !self.took.is_empty();
        let of = |part: fn(&Took) -> f64| good.then(|| median(self.took.iter().map(part).collect()));
        let walls = || self.took.iter().map(|took| took.wall_s);
        let (least, most) = (walls().fold(f64::INFINITY, f64::min), walls().fold(0.0, f64::max));
        let peak = self.took.iter().map(|took| took.peak_mb).max().filter(|peak| good && *peak > 0);
        let median_s = of(|took| took.wall_s);
        #[expect(clippy::cast_precision_loss, reason = "rows are far below 2^52")]
        let per_s = median_s.map(|seconds| self.case.rows as f64 / seconds);
        let turns = self.took.len();
        let spread = if good { format!("; {least:.2} to {most:.2} s") } else { String::new() };
        Line {
            case: self.case.name.to_owned(),
            contender: self.contender.name().to_owned(),
            median_s,
            least_s: good.then_some(least),
            cpu_s: of(|took| took.cpu_s),
            peak_mb: peak,
            per_s,
            correct: good,
            note: format!("{} rows, rounds: {turns}{spread}; {}{}", self.case.rows, self.contender.note(), self.remark),
        }
    }
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    if numbers.len() % 2 == 1 { numbers[middle] } else { f64::midpoint(numbers[middle - 1], numbers[middle]) }
}

impl Line {
    pub(crate) fn json(&self) -> String {
        let rounded = |number: Option<f64>| number.map(|number| (number * 1000.0).round() / 1000.0);
        json!({
            "bench": "ingest", "case": self.case, "contender": self.contender, "wall_s_median": rounded(self.median_s),
            "wall_s_min": rounded(self.least_s), "cpu_s": rounded(self.cpu_s), "peak_rss_mb": self.peak_mb,
            "per_s": self.per_s.map(f64::round), "correct": self.correct, "note": self.note,
        })
        .to_string()
    }

    pub(crate) fn parse(line: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        (value["bench"] == "ingest").then_some(())?;
        Some(Self {
            case: text("case")?,
            contender: text("contender")?,
            median_s: value["wall_s_median"].as_f64(),
            least_s: value["wall_s_min"].as_f64(),
            cpu_s: value["cpu_s"].as_f64(),
            peak_mb: value["peak_rss_mb"].as_u64(),
            per_s: value["per_s"].as_f64(),
            correct: value["correct"].as_bool()?,
            note: text("note").unwrap_or_default(),
        })
    }

    pub(crate) fn text(&self) -> String {
        let number = |number: Option<f64>, width: usize, decimals: usize| {
            number.map_or_else(|| format!("{:>width$}", "-"), |number| format!("{number:>width$.decimals$}"))
        };
        format!(
            "{:<15} {:<13} {} s (least {}) {} s cpu {} MB {} rows/s  {}",
            self.case,
            self.contender,
            number(self.median_s, 7, 2),
            number(self.least_s, 7, 2),
            number(self.cpu_s, 7, 2),
            self.peak_mb.map_or_else(|| format!("{:>5}", "-"), |peak| format!("{peak:>5}")),
            number(self.per_s, 8, 0),
            if self.correct { "correct" } else { "WRONG" }
        )
    }
}

/// Each goal with what was reached; those of cases that were not run are left out.
pub(crate) fn verdicts(lines: &[Line]) -> Vec<String> {
    let of = |case: &str, contender: &str| {
        lines.iter().find(|line| line.case == case && line.contender == contender).and_then(|line| line.median_s)
    };
    let best = |case: &str, contenders: &[&str]| {
        contenders.iter().filter_map(|contender| of(case, contender)).min_by(f64::total_cmp)
    };
    let ours = |case: &str| of(case, "goreos");
    let mut verdicts = Vec::new();
    let mut add = |what: &str, over: Option<f64>, under: Option<f64>, at_most: bool, goal: f64| {
        let (Some(over), Some(under)) = (over, under) else { return };
        let ratio = over / under;
        let met = if at_most { ratio <= goal } else { ratio >= goal };
        let bound = if at_most { "at most" } else { "at least" };
        verdicts.push(format!("{what}: {ratio:.2}, {bound} {goal}: {}", if met { "met" } else { "MISSED" }));
    };
    let peers = ["ogr2ogr", "ogr2ogr-fast", "shp2pgsql"];
    for (case, floor, others) in [("shapefile-500k", 1.7, 4.0), ("csv-1m", 1.6, 4.0)] {
        add(&format!("{case}, goreos / floor"), ours(case), of(case, "floor"), true, floor);
        add(&format!("{case}, best of ogr2ogr and shp2pgsql / goreos"), best(case, &peers), ours(case), false, others);
    }
    let (small, large) = ("shapefile-500k", "shapefile-5m");
    add("shapefile-500k, geopandas / goreos", of(small, "geopandas"), ours(small), false, 8.0);
    add("goreos, shapefile-5m / shapefile-500k", ours(large), ours(small), true, 11.0);
    let memory = lines.iter().filter(|line| line.contender == "goreos").filter_map(|line| line.peak_mb).max();
    if let Some(peak) = memory {
        verdicts.push(format!(
            "goreos, most memory of worker and child: {peak} MB, under 512: {}",
            if peak < 512 { "met" } else { "MISSED" }
        ));
    }
    verdicts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(case: &str, contender: &str, seconds: Option<f64>) -> Line {
        Line {
            case: case.into(),
            contender: contender.into(),
            median_s: seconds,
            least_s: seconds,
            cpu_s: seconds,
            peak_mb: None,
            per_s: None,
            correct: seconds.is_some(),
            note: String::new(),
        }
    }

    #[test]
    fn goals_are_held_against_the_fastest_that_was_right() {
        let lines = [
            line("shapefile-500k", "goreos", Some(2.0)),
            line("shapefile-500k", "ogr2ogr", Some(12.0)),
            line("shapefile-500k", "ogr2ogr-fast", None),
            line("shapefile-500k", "shp2pgsql", Some(9.0)),
            line("shapefile-500k", "floor", Some(1.0)),
        ];
        let found = verdicts(&lines);
        assert_eq!(
            found,
            [
                "shapefile-500k, goreos / floor: 2.00, at most 1.7: MISSED",
                "shapefile-500k, best of ogr2ogr and shp2pgsql / goreos: 4.50, at least 4: met"
            ]
        );
    }

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let written = line("csv-1m", "floor", Some(1.5));
        let read = Line::parse(&written.json()).expect("a line of this bench");
        assert_eq!((read.case, read.median_s, read.correct), (written.case, written.median_s, true));
        assert!(Line::parse(r#"{"bench":"files"}"#).is_none());
    }

    #[test]
    fn the_median_of_two_is_between_them() {
        assert!((median(vec![3.0, 1.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(vec![3.0, 9.0, 1.0]) - 3.0).abs() < f64::EPSILON);
    }
}
