use typst::diag::SourceDiagnostic;

/// Why there is no report. None of these mends itself: the same input fails the same way.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error("no font of the family \"{family}\" among the {files} font files given")]
    MissingFont { family: &'static str, files: usize },
    #[error("could not write the report's data as JSON")]
    Data(#[source] serde_json::Error),
    /// Most often a drawing that is not an SVG.
    #[error("could not lay out the report: {0}")]
    Layout(String),
    /// Most often something PDF/A or PDF/UA does not admit.
    #[error("could not write the report as PDF: {0}")]
    Pdf(String),
}

/// Typst's diagnostics, with their hints, as one line.
pub(crate) fn explain(diagnostics: &[SourceDiagnostic]) -> String {
    let explain_one = |diagnostic: &SourceDiagnostic| {
        let mut text = diagnostic.message.to_string();
        for hint in &diagnostic.hints {
            text.push_str(" (");
            text.push_str(&hint.v);
            text.push(')');
        }
        text
    };
    diagnostics.iter().map(explain_one).collect::<Vec<_>>().join("; ")
}
