//! Rows of a binary COPY, and whether two of them say the same.

use std::io::Read;

use anyhow::{Context, Result, ensure};

/// The rows of a binary COPY after its head, one at a time.
pub(crate) struct Rows<In> {
    source: In,
    fields: Vec<Vec<u8>>,
}

impl<In: Read> Rows<In> {
    pub(crate) fn new(source: In) -> Self {
        Self { source, fields: Vec::new() }
    }

    /// The fields of the next row; null is empty.
    pub(crate) fn next(&mut self) -> Result<Option<&[Vec<u8>]>> {
        let mut count = [0; 2];
        self.source.read_exact(&mut count).context("a row or the end")?;
        let Ok(count) = usize::try_from(i16::from_be_bytes(count)) else { return Ok(None) };
        self.fields.resize(count, Vec::new());
        for field in &mut self.fields {
            let mut length = [0; 4];
            self.source.read_exact(&mut length)?;
            field.resize(usize::try_from(i32::from_be_bytes(length)).unwrap_or(0), 0);
            self.source.read_exact(field)?;
        }
        Ok(Some(&self.fields))
    }
}

/// The first column in which two rows differ. The last is a geometry as WKB: equal in structure, and in each coordinate within `tolerance`.
pub(crate) fn differ(one: &[Vec<u8>], other: &[Vec<u8>], tolerance: f64) -> Result<Option<usize>> {
    ensure!(one.len() == other.len() && !one.is_empty(), "rows of {} and {} columns", one.len(), other.len());
    let last = one.len() - 1;
    if let Some(column) = (0..last).find(|column| one[*column] != other[*column]) {
        return Ok(Some(column));
    }
    let same =
        one[last] == other[last] || Pair { one: &one[last], other: &other[last], tolerance }.agree() == Some(true);
    Ok((!same).then_some(last))
}

/// Two little-endian WKBs read side by side.
struct Pair<'a> {
    one: &'a [u8],
    other: &'a [u8],
    tolerance: f64,
}

impl Pair<'_> {
    /// `None` when one ends early, or their parts are not as many.
    fn agree(mut self) -> Option<bool> {
        Some(self.geometry()? && self.one.is_empty() && self.other.is_empty())
    }

    /// Points, polygons and multipolygons.
    fn geometry(&mut self) -> Option<bool> {
        let (one, other) = self.take::<5>()?;
        if one != other || one[0] != 1 {
            return Some(false);
        }
        match one[1] {
            1 => self.coordinates(2),
            3 => self.each(Self::ring),
            6 => self.each(Self::geometry),
            _ => Some(false),
        }
    }

    fn ring(&mut self) -> Option<bool> {
        let positions = self.count()?;
        self.coordinates(2 * positions)
    }

    fn each(&mut self, mut part: impl FnMut(&mut Self) -> Option<bool>) -> Option<bool> {
        for _ in 0..self.count()? {
            if !part(self)? {
                return Some(false);
            }
        }
        Some(true)
    }

    /// A number both agree on.
    fn count(&mut self) -> Option<u32> {
        let (one, other) = self.take::<4>()?;
        (one == other).then(|| u32::from_le_bytes(one))
    }

    fn coordinates(&mut self, count: u32) -> Option<bool> {
        for _ in 0..count {
            let (one, other) = self.take::<8>()?;
            let distance = (f64::from_le_bytes(one) - f64::from_le_bytes(other)).abs();
            // What is not a number is never near.
            if distance.is_nan() || distance > self.tolerance {
                return Some(false);
            }
        }
        Some(true)
    }

    fn take<const LENGTH: usize>(&mut self) -> Option<([u8; LENGTH], [u8; LENGTH])> {
        let (one, rest) = self.one.split_first_chunk()?;
        let (other, rest_of_other) = self.other.split_first_chunk()?;
        (self.one, self.other) = (rest, rest_of_other);
        Some((*one, *other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(east: f64) -> Vec<u8> {
        let mut wkb = vec![1, 6, 0, 0, 0, 1, 0, 0, 0, 1, 3, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0];
        for [x, y] in [[0.0, 0.0], [0.0, 1.0], [east, 1.0], [0.0, 0.0]] {
            wkb.extend([x, y].iter().flat_map(|number: &f64| number.to_le_bytes()));
        }
        wkb
    }

    #[test]
    fn a_cell_a_vertex_or_a_missing_end_makes_a_row_another() {
        let row = |cell: &str, wkb: Vec<u8>| vec![cell.as_bytes().to_vec(), wkb];
        let truth = row("Ñiquén", square(1.0));
        let found = |row: Vec<Vec<u8>>| differ(&truth, &row, 1e-10).expect("two columns");
        assert_eq!(found(row("Ñiquén", square(1.0 + 1e-12))), None);
        assert_eq!(found(row("Ã‘iquÃ©n", square(1.0))), Some(0));
        assert_eq!(found(row("Ñiquén", square(1.0 + 1e-9))), Some(1));
        assert_eq!(found(row("Ñiquén", square(f64::NAN))), Some(1));
        assert_eq!(found(row("Ñiquén", square(1.0)[..60].to_vec())), Some(1));
        assert_eq!(found(row("Ñiquén", Vec::new())), Some(1));
    }
}
