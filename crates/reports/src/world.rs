//! All that typst can see: one template, one JSON file and the fonts. No disk, no packages, no clock.

use std::path::PathBuf;
use std::sync::LazyLock;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use crate::error::explain;
use crate::{Fonts, ReportError};

/// Reports for which typst's memo is kept. The worker lives for weeks; the memo must not grow with it.
const MEMO_AGE: usize = 4;

static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));
static MAIN: LazyLock<FileId> = LazyLock::new(|| file_id("/main.typ"));
static DATA: LazyLock<FileId> = LazyLock::new(|| file_id("/report.json"));

/// Renders a template that reads its data with `json("/report.json")`.
///
/// `identity` names the document for ever; with the date the template sets, it is all that makes a PDF differ from
/// another with the same pages.
pub(crate) fn render(
    template: &'static str,
    data: Vec<u8>,
    identity: String,
    fonts: &Fonts,
) -> Result<Vec<u8>, ReportError> {
    let world = ReportWorld { main: Source::new(*MAIN, template.to_owned()), data: Bytes::new(data), fonts };
    let standards = PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1])
        .map_err(|error| ReportError::Pdf(error.message().to_string()))?;
    let options = PdfOptions {
        ident: Smart::Custom(identity),
        creator: Smart::Custom(Some("GORE_OS".to_owned())),
        standards,
        ..PdfOptions::default()
    };
    let pdf = typst::compile(&world)
        .output
        .map_err(|errors| ReportError::Layout(explain(&errors)))
        .and_then(|document| typst_pdf::pdf(&document, &options).map_err(|errors| ReportError::Pdf(explain(&errors))));
    typst::comemo::evict(MEMO_AGE);
    pdf
}

struct ReportWorld<'a> {
    main: Source,
    data: Bytes,
    fonts: &'a Fonts,
}

impl World for ReportWorld<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        self.fonts.book()
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() { Ok(self.main.clone()) } else { Err(not_found(id)) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == *DATA { Ok(self.data.clone()) } else { Err(not_found(id)) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index)
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn file_id(path: &str) -> FileId {
    FileId::new(RootedPath::new(VirtualRoot::Project, VirtualPath::new(path).expect("a literal path is well formed")))
}

fn not_found(id: FileId) -> FileError {
    FileError::NotFound(PathBuf::from(id.get().vpath().get_without_slash()))
}
