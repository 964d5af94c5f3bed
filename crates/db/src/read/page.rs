//! Lists in pages.

use serde::Serialize;

/// A stretch of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    limit: i64,
    offset: i64,
}

impl Page {
    /// The most rows a page holds.
    pub const MAX_SIZE: u32 = 500;

    /// A page of one row, the first.
    pub(super) const ONE: Self = Self { limit: 1, offset: 0 };

    /// Page `number` (from 1) of pages of `size` rows; both are put within bounds.
    pub fn numbered(number: u32, size: u32) -> Self {
        let limit = i64::from(size.clamp(1, Self::MAX_SIZE));
        Self { limit, offset: i64::from(number.saturating_sub(1)) * limit }
    }

    /// How many rows at most.
    pub fn limit(self) -> i64 {
        self.limit
    }

    /// How many rows come before.
    pub fn offset(self) -> i64 {
        self.offset
    }
}

/// The rows of one page and how many there are in all.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Paged<T> {
    /// This page's rows.
    pub items: Vec<T>,
    /// Rows in all pages.
    pub total: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_stays_within_bounds() {
        assert_eq!((Page::numbered(3, 20).limit(), Page::numbered(3, 20).offset()), (20, 40));
        assert_eq!((Page::numbered(0, 0).limit(), Page::numbered(0, 0).offset()), (1, 0));
        assert_eq!(Page::numbered(1, u32::MAX).limit(), 500);
        assert_eq!(Page::numbered(u32::MAX, 500).offset(), (i64::from(u32::MAX) - 1) * 500);
    }
}
