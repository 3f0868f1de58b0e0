//! What can be filtered by, for whoever draws or writes filters.

use super::fields::{Choice, Field, Kind, Subject};
use super::grammar::{MOST_CONDITIONS, MOST_DEPTH, MOST_TEXT, MOST_VALUES, Shape};
use super::times::{Period, Unit};
use super::{CONVERSATIONS, grammar::Operator};
use crate::app::App;
use crate::http::error::Problem;
use crate::http::extract::{Caller, Query};
use axum::Json;
use kernel::Error;
use kernel::actor::Permission;
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Whatever can be filtered.
const SUBJECTS: &[&Subject] = &[&CONVERSATIONS];

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_filter_fields))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FieldsQuery {
    /// What is filtered: `conversations` (default).
    of: Option<String>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FilterOperator {
    /// `is`, `any_of`, `before`, …
    pub name: &'static str,
    /// How many values it takes: `nothing`, `one`, `many` (a list) or `pair` (a list of two).
    pub takes: Shape,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FilterField {
    pub name: &'static str,
    /// English.
    pub label: &'static str,
    /// `choice`, `reference`, `tags`, `flag`, `time`, `number`, `text`, `words` or `attributes`.
    pub kind: &'static str,
    pub operators: Vec<FilterOperator>,
    /// What may stand in a `choice`, from the least to the most where that means something.
    pub options: Option<Vec<Choice>>,
    /// Of what a `reference` is an id: `member` (also takes `me`), `team`, `channel`, `contact`.
    pub reference: Option<&'static str>,
    /// Where the API lists what may stand here.
    pub source: Option<&'static str>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FilterLimits {
    /// Groups within groups.
    pub depth: usize,
    pub conditions: usize,
    /// Values in one condition.
    pub values: usize,
    /// Characters of a text.
    pub text: usize,
}

/// The grammar as it stands for one kind of thing.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FilterFields {
    pub of: &'static str,
    pub fields: Vec<FilterField>,
    /// Names of periods that may stand for a time: `today`, `this_week`, …
    pub periods: Vec<&'static str>,
    /// What `-3d` counts in: `m` minutes, `h` hours, `d` days, `w` weeks, `mo` months, `y` years.
    pub units: Vec<&'static str>,
    pub limits: FilterLimits,
}

/// The fields of a filter with their operators and values.
///
/// A filter is JSON: a condition `{"field": "priority", "op": "is", "value": "high"}`, or a group `{"and": […]}`, `{"or": […]}`,
/// `{"not": …}` of filters. `{}` is everything. Times are RFC 3339, a day (`2026-11-21`), so long ago or ahead (`-3d`, `+2h`), or a
/// period; days and periods are those of the workspace's time zone. Custom attributes are asked for as `custom_attributes.name`.
#[utoipa::path(get, path = "/filters/fields", tag = "filters", params(FieldsQuery), responses((status = 200, body = FilterFields)))]
async fn list_filter_fields(caller: Caller, Query(q): Query<FieldsQuery>) -> Result<Json<FilterFields>, Problem> {
    caller.need(Permission::ConversationsRead)?;
    let asked = q.of.as_deref().unwrap_or(CONVERSATIONS.name);
    let subject = SUBJECTS.iter().find(|s| s.name == asked).ok_or_else(|| {
        let names: Vec<&str> = SUBJECTS.iter().map(|s| s.name).collect();
        Error::field("of", "not_an_option", format!("Choose one of: {}.", names.join(", ")))
    })?;
    Ok(Json(FilterFields {
        of: subject.name,
        fields: subject.fields.iter().map(describe).collect(),
        periods: Period::ALL.iter().map(|p| p.as_str()).collect(),
        units: Unit::ALL.iter().map(|u| u.as_str()).collect(),
        limits: FilterLimits { depth: MOST_DEPTH, conditions: MOST_CONDITIONS, values: MOST_VALUES, text: MOST_TEXT },
    }))
}

fn describe(field: &Field) -> FilterField {
    let operator = |op: Operator| FilterOperator { name: op.as_str(), takes: op.shape() };
    let (kind, reference) = match field.kind {
        Kind::Choice { .. } => ("choice", None),
        Kind::Reference(of) => ("reference", Some(of)),
        Kind::Tags => ("tags", None),
        Kind::Flag => ("flag", None),
        Kind::Time => ("time", None),
        Kind::Number => ("number", None),
        Kind::Text => ("text", None),
        Kind::Words => ("words", None),
        Kind::Attributes => ("attributes", None),
    };
    FilterField {
        name: field.name,
        label: field.label,
        kind,
        operators: field.operators().into_iter().map(operator).collect(),
        options: field.options(),
        reference: reference.map(|r| r.name()),
        source: reference.and_then(|r| r.path()).or(matches!(field.kind, Kind::Tags).then_some("/tags")),
    }
}
