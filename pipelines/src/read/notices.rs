//! What GDAL and GEOS say aside, which their answers leave out: why a geometry is invalid, why reading stopped.

use std::cell::RefCell;
use std::sync::Once;

thread_local! {
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps the last notice of each thread from now on, instead of printing it.
pub(super) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        gdal::config::set_error_handler(|_, _, text| {
            // A notice that comes while another is being taken is lost, which no answer depends on.
            LAST.with(|last| {
                if let Ok(mut last) = last.try_borrow_mut() {
                    *last = Some(text.to_owned());
                }
            });
        });
    });
}

/// The last notice of this thread; the next call gives none until there is another.
pub(super) fn take() -> Option<String> {
    LAST.with(RefCell::take)
}
