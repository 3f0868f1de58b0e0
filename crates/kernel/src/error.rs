//! One error for the whole product: a kind (which decides the HTTP status), a stable code, and plain words.

use std::fmt;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, Clone, PartialEq)]
pub enum ErrorKind {
    /// The thing is not there, or not for this actor (the two look alike on purpose).
    NotFound,
    /// The input is wrong; one entry for each field.
    Invalid(Vec<FieldError>),
    /// Not signed in, or the credentials have ended.
    Unauthenticated,
    Forbidden,
    /// The state does not allow it, or somebody else was first.
    Conflict,
    TooLarge,
    /// Try again after so many milliseconds.
    TooMany(i64),
    /// A part that is needed does not answer; the same request may pass later.
    Unavailable,
    /// Our fault; the text goes to the log, not to the caller.
    Internal,
}

#[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// Name of the field as in the request, dotted for nested ones.
    pub field: String,
    /// Stable code such as `required` or `too_long`.
    pub code: String,
    /// What to do, in plain words.
    pub detail: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Error {
    pub kind: ErrorKind,
    /// Stable, dotted: `conversation.not_found`.
    pub code: &'static str,
    pub detail: String,
}

impl Error {
    fn new(kind: ErrorKind, code: &'static str, detail: impl Into<String>) -> Self {
        Self { kind, code, detail: detail.into() }
    }
    pub fn not_found(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, code, detail)
    }
    pub fn unauthenticated(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unauthenticated, code, detail)
    }
    pub fn forbidden(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::Forbidden, code, detail)
    }
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::Conflict, code, detail)
    }
    pub fn too_large(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::TooLarge, code, detail)
    }
    pub fn too_many(code: &'static str, retry_after_ms: i64, detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::TooMany(retry_after_ms), code, detail)
    }
    pub fn unavailable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unavailable, code, detail)
    }
    /// `detail` is for the log only.
    pub fn internal(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, "internal", detail)
    }
    /// A request without a single faulty field, such as broken JSON.
    pub fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid(Vec::new()), code, detail)
    }
    /// One faulty field.
    pub fn field(field: &str, code: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self::fields(vec![FieldError { field: field.into(), code: code.into(), detail }])
    }
    /// Several faulty fields.
    pub fn fields(fields: Vec<FieldError>) -> Self {
        let detail = fields.iter().map(|f| format!("{}: {}", f.field, f.detail)).collect::<Vec<_>>().join(" ");
        Self::new(ErrorKind::Invalid(fields), "invalid", detail)
    }
    pub fn is_not_found(&self) -> bool {
        self.kind == ErrorKind::NotFound
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.detail, self.code)
    }
}
impl std::error::Error for Error {}
