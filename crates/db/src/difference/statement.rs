//! The statements over both tables. Identifiers come from the database's catalogue and are quoted; there is no other input.

use super::Kind;
use super::side::{Pairing, Side, TableColumn};

/// Types that compare as themselves; all others by their text.
const NATIVE: [&str; 14] = [
    "text",
    "int2",
    "int4",
    "int8",
    "float4",
    "float8",
    "numeric",
    "date",
    "bool",
    "_text",
    "timestamp",
    "timestamptz",
    "uuid",
    "jsonb",
];

/// What is added to the columns of a table, by names that no contract gives: the row is there, the digest of all its values, its
/// place among its equals.
const HERE: &str = "\"~here\"";
const DIGEST: &str = "\"~digest\"";
const PLACE: &str = "\"~place\"";

/// Where the pairs stand in what a statement gives.
pub(super) const ADDED: i32 = 0;
pub(super) const REMOVED: i32 = 1;
pub(super) const CHANGED: i32 = 2;
/// The attributes are the same and the bytes of the geometry are not.
pub(super) const SHAPED: i32 = 3;

/// An identifier as SQL writes it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Pairing {
    /// Every pair of rows that may differ: its kind, and both geometries (EWKB) when nothing else differs.
    pub(super) fn counting(&self) -> String {
        let (before, after) = match &self.geometry {
            Some(name) => {
                let shape = |side: &str| {
                    format!("case when {} = {SHAPED} then {side}.{}::bytea end", self.kind(), quoted(name))
                };
                (shape("a"), shape("b"))
            }
            None => ("null::bytea".into(), "null::bytea".into()),
        };
        format!("select {}, {before}, {after} {}", self.kind(), self.paired(None))
    }

    /// Every pair of rows that may differ, whole: kind, key, values before and after as `text[]`, geometries as WKB. In the order of
    /// the key, so that the same two releases are always told alike.
    pub(super) fn telling(&self, which: Option<Kind>) -> String {
        let origin =
            self.origin().map(|name| TableColumn { name: name.to_owned(), kind: "int8".to_owned(), not_null: true });
        let named: Vec<(TableColumn, TableColumn)> = match origin {
            Some(column) => vec![(column.clone(), column)],
            None => self.key.clone(),
        };
        let key: Vec<String> =
            named.iter().map(|(from, to)| format!("coalesce({}, {})", text("b", to), text("a", from))).collect();
        let before: Vec<String> = self.columns.iter().map(|(column, _)| text("a", column)).collect();
        let after: Vec<String> = self.columns.iter().map(|(_, column)| text("b", column)).collect();
        let shape = |side: &str| match &self.geometry {
            Some(name) => format!("st_asbinary({side}.{}, 'NDR')", quoted(name)),
            None => "null::bytea".to_owned(),
        };
        format!(
            "select {}, array[{}]::text[], array[{}]::text[], array[{}]::text[], {}, {} {} order by {}",
            self.kind(),
            key.join(", "),
            before.join(", "),
            after.join(", "),
            shape("a"),
            shape("b"),
            self.paired(which),
            self.order(&named).join(", ")
        )
    }

    fn kind(&self) -> String {
        format!(
            "(case when a.{HERE} is null then {ADDED} when b.{HERE} is null then {REMOVED} when {} then {CHANGED} else {SHAPED} end)",
            self.attributes_differ()
        )
    }

    fn paired(&self, which: Option<Kind>) -> String {
        let differ = match which {
            None => format!(
                "a.{HERE} is null or b.{HERE} is null or {} or {}",
                self.attributes_differ(),
                self.shapes_differ()
            ),
            Some(Kind::Added) => format!("a.{HERE} is null"),
            Some(Kind::Removed) => format!("b.{HERE} is null"),
            Some(Kind::Changed) => format!("a.{HERE} and b.{HERE} and {}", self.attributes_differ()),
            Some(Kind::Moved) => {
                format!("a.{HERE} and b.{HERE} and not {} and {}", self.attributes_differ(), self.shapes_differ())
            }
        };
        format!(
            "from ({}) a full join ({}) b on {} where {differ}",
            self.side(&self.from, |(from, _)| from),
            self.side(&self.to, |(_, to)| to),
            self.matched()
        )
    }

    /// A table with a mark that its row is there, and what tells equal rows apart.
    fn side(&self, side: &Side, of: fn(&(TableColumn, TableColumn)) -> &TableColumn) -> String {
        let told: Vec<String> = self.columns.iter().map(|pair| value("t", of(pair), pair)).collect();
        let geometry: Vec<String> = self.geometry.iter().map(|name| format!("t.{}", quoted(name))).collect();
        let extra = if self.key.is_empty() {
            let whole = format!("sha256(convert_to(row({})::text, 'UTF8'))", [told, geometry].concat().join(", "));
            let order = if self.origin().is_some() { "t.source_row" } else { "1" };
            format!(", {whole} as {DIGEST}, row_number() over (partition by {whole} order by {order}) as {PLACE}")
        } else if self.repeated {
            let key: Vec<String> = self.key.iter().map(|pair| value("t", of(pair), pair)).collect();
            // Rows of one name are matched in the order of what they say.
            let order: Vec<String> = [key.clone(), told, geometry].concat();
            format!(", row_number() over (partition by {} order by {}) as {PLACE}", key.join(", "), order.join(", "))
        } else {
            String::new()
        };
        format!("select true as {HERE}, t.*{extra} from {} t", side.table)
    }

    fn matched(&self) -> String {
        if self.key.is_empty() {
            return format!("a.{DIGEST} = b.{DIGEST} and a.{PLACE} = b.{PLACE}");
        }
        let mut conditions: Vec<String> = self.key.iter().map(same).collect();
        if self.repeated {
            conditions.push(format!("a.{PLACE} = b.{PLACE}"));
        }
        conditions.join(" and ")
    }

    fn attributes_differ(&self) -> String {
        // Matched by all of their values, they are the same.
        if self.key.is_empty() || self.columns.is_empty() {
            return "false".into();
        }
        let each: Vec<String> = self
            .columns
            .iter()
            .map(|pair| format!("{} is distinct from {}", value("a", &pair.0, pair), value("b", &pair.1, pair)))
            .collect();
        format!("({})", each.join(" or "))
    }

    fn shapes_differ(&self) -> String {
        match &self.geometry {
            Some(name) if !self.key.is_empty() => format!("a.{0} is distinct from b.{0}", quoted(name)),
            _ => "false".into(),
        }
    }

    fn order(&self, named: &[(TableColumn, TableColumn)]) -> Vec<String> {
        let mut order: Vec<String> = named
            .iter()
            .map(|pair| {
                let collation = if is_native(pair) && !matches!(pair.0.kind.as_str(), "text" | "_text") {
                    ""
                } else {
                    " collate \"C\""
                };
                format!("coalesce({}, {}){collation}", value("b", &pair.1, pair), value("a", &pair.0, pair))
            })
            .collect();
        if self.key.is_empty() {
            order.push(format!("coalesce(b.{DIGEST}, a.{DIGEST})"));
        }
        if self.repeated {
            order.push(format!("coalesce(b.{PLACE}, a.{PLACE})"));
        }
        order
    }
}

/// The join of a key column, in a form a hash join can take, with missing values equal to each other.
fn same(pair: &(TableColumn, TableColumn)) -> String {
    let (from, to) = (value("a", &pair.0, pair), value("b", &pair.1, pair));
    if pair.0.not_null && pair.1.not_null {
        return format!("{from} = {to}");
    }
    format!("({from} is null) = ({to} is null) and coalesce({from}::text, '') = coalesce({to}::text, '')")
}

fn is_native(pair: &(TableColumn, TableColumn)) -> bool {
    pair.0.kind == pair.1.kind && NATIVE.contains(&pair.0.kind.as_str())
}

/// A column to be compared with its like.
fn value(side: &str, column: &TableColumn, pair: &(TableColumn, TableColumn)) -> String {
    let name = format!("{side}.{}", quoted(&column.name));
    if is_native(pair) { name } else { format!("{name}::text") }
}

/// A column as it is told.
fn text(side: &str, column: &TableColumn) -> String {
    let name = format!("{side}.{}", quoted(&column.name));
    if column.kind == "_text" { format!("array_to_string({name}, ', ')") } else { format!("{name}::text") }
}
