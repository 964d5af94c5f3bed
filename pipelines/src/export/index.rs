//! The packed R-tree of a FlatGeobuf file over features in their order: the nodes above the leaves in memory (3 bytes a feature), the
//! leaves in a file.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Children of a node.
pub(super) const NODE: u16 = 16;

/// West, south, east, north.
pub(super) type Bounds = [f64; 4];

/// An index being built.
pub(super) struct Index {
    path: PathBuf,
    leaves: BufWriter<File>,
    count: u64,
    /// The nodes right above the leaves.
    parents: Vec<Bounds>,
}

impl Index {
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        let path = folder.join("leaves");
        let leaves = BufWriter::with_capacity(1 << 20, File::create(&path)?);
        Ok(Self { path, leaves, count: 0, parents: Vec::new() })
    }

    /// The next feature: where it lies, and where its bytes begin after the index.
    pub(super) fn push(&mut self, bounds: Bounds, offset: u64) -> io::Result<()> {
        match self.parents.last_mut().filter(|_| !self.count.is_multiple_of(u64::from(NODE))) {
            Some(parent) => expand(parent, bounds),
            None => self.parents.push(bounds),
        }
        self.count += 1;
        write_node(&mut self.leaves, bounds, offset)
    }

    /// The root first, the leaves last.
    pub(super) fn write(mut self, out: &mut impl Write) -> io::Result<()> {
        self.leaves.flush()?;
        let mut levels = vec![self.parents];
        while let Some(below) = levels.last().filter(|below| below.len() > 1) {
            levels.push(above(below));
        }
        // The number of the first node of the level below.
        let mut below: u64 = 0;
        for level in levels.iter().rev() {
            below += level.len() as u64;
            for (bounds, first) in level.iter().zip((below..).step_by(usize::from(NODE))) {
                write_node(out, *bounds, first)?;
            }
        }
        io::copy(&mut BufReader::with_capacity(1 << 20, File::open(&self.path)?), out)?;
        Ok(())
    }
}

fn above(level: &[Bounds]) -> Vec<Bounds> {
    level
        .chunks(usize::from(NODE))
        .map(|children| {
            children.iter().skip(1).fold(children[0], |mut parent, child| {
                expand(&mut parent, *child);
                parent
            })
        })
        .collect()
}

fn expand(parent: &mut Bounds, [west, south, east, north]: Bounds) {
    let [w, s, e, n] = *parent;
    *parent = [w.min(west), s.min(south), e.max(east), n.max(north)];
}

fn write_node(out: &mut impl Write, bounds: Bounds, offset: u64) -> io::Result<()> {
    for corner in bounds {
        out.write_all(&corner.to_le_bytes())?;
    }
    out.write_all(&offset.to_le_bytes())
}

#[cfg(test)]
mod tests {
    use flatgeobuf::packed_r_tree::{NodeItem, PackedRTree};

    use super::*;

    #[test]
    fn the_index_is_the_one_that_the_library_builds() {
        for count in [1_u32, 15, 16, 17, 256, 257, 5_000] {
            let folder = tempfile::tempdir().expect("a folder");
            let mut index = Index::new(folder.path()).expect("a file");
            let mut nodes = Vec::new();
            for number in 0..count {
                let x = f64::from(number);
                let bounds = [x, -x, x + 0.5, 1.0 - x];
                index.push(bounds, u64::from(number) * 100).expect("written");
                let mut node = NodeItem::bounds(bounds[0], bounds[1], bounds[2], bounds[3]);
                node.offset = u64::from(number) * 100;
                nodes.push(node);
            }
            let mut ours = Vec::new();
            index.write(&mut ours).expect("written");
            let mut theirs = Vec::new();
            let extent = NodeItem::create(0);
            let tree = PackedRTree::build(&nodes, &extent, NODE).expect("built");
            tree.stream_write(&mut theirs).expect("written");
            assert!(ours == theirs, "{count} features");
        }
    }
}
