//! What can be filtered by, for whoever draws or writes filters.

use super::fields::{Choice, Field, Kind, Subject};
use super::grammar::{MOST_CONDITIONS, MOST_DEPTH, MOST_TEXT, MOST_VALUES, Shape};
use super::times::{Period, Unit};
use super::{CONVERSATIONS, grammar::Operator};
use crate::app::App;
use crate::attributes::{self, AppliesTo, AttributeKind, Definition};
use crate::http::error::Problem;
use crate::http::extract::{Caller, Query};
use crate::sub_statuses;
use axum::Json;
use axum::extract::State;
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
    pub name: String,
    /// English, or what the workspace calls it.
    pub label: String,
    /// `choice`, `reference`, `tags`, `flag`, `time`, `number`, `text`, `words` or `attributes`.
    pub kind: &'static str,
    pub operators: Vec<FilterOperator>,
    /// What may stand in a `choice`, from the least to the most where that means something.
    pub options: Option<Vec<Choice>>,
    /// Of what a `reference` is an id: `member` (also takes `me`), `team`, `channel`, `contact`.
    pub reference: Option<&'static str>,
    /// Where the API lists what may stand here.
    pub source: Option<&'static str>,
    /// The workspace has named it: an attribute of its own.
    pub own: bool,
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
/// period; days and periods are those of the workspace's time zone. Custom attributes are asked for as `attribute.key`, those
/// of the contact as `contact_attribute.key`.
#[utoipa::path(get, path = "/filters/fields", tag = "filters", params(FieldsQuery), responses((status = 200, body = FilterFields)))]
async fn list_filter_fields(State(app): State<App>, caller: Caller, Query(q): Query<FieldsQuery>) -> Result<Json<FilterFields>, Problem> {
    let actor = caller.need(Permission::ConversationsRead)?;
    let asked = q.of.as_deref().unwrap_or(CONVERSATIONS.name);
    let subject = SUBJECTS.iter().find(|s| s.name == asked).ok_or_else(|| {
        let names: Vec<&str> = SUBJECTS.iter().map(|s| s.name).collect();
        Error::field("of", "not_an_option", format!("Choose one of: {}.", names.join(", ")))
    })?;
    let (attributes, subs) = app.db.read(actor.workspace, |tx| Ok((attributes::list(tx)?, sub_statuses::list(tx)?))).await?;
    let mut fields: Vec<FilterField> = subject.fields.iter().map(describe).collect();
    for field in fields.iter_mut().filter(|f| f.name == "sub_status" && !subs.is_empty()) {
        (field.kind, field.options) =
            ("choice", Some(subs.iter().map(|s| Choice { value: s.id.to_string(), label: s.name.clone() }).collect()));
    }
    fields.extend(attributes.iter().filter(|d| !d.archived).map(own));
    Ok(Json(FilterFields {
        of: subject.name,
        fields,
        periods: Period::ALL.iter().map(|p| p.as_str()).collect(),
        units: Unit::ALL.iter().map(|u| u.as_str()).collect(),
        limits: FilterLimits { depth: MOST_DEPTH, conditions: MOST_CONDITIONS, values: MOST_VALUES, text: MOST_TEXT },
    }))
}

/// An attribute of the workspace's own, as a field with what makes sense for its kind.
fn own(d: &Definition) -> FilterField {
    use Operator::*;
    let (kind, mut operators): (&'static str, Vec<Operator>) = match d.kind {
        AttributeKind::Text | AttributeKind::Link => ("text", vec![Contains, NotContains, StartsWith, Is, IsNot]),
        AttributeKind::Number | AttributeKind::Currency | AttributeKind::Percent => ("number", vec![Is, IsNot, AtLeast, AtMost, Between]),
        AttributeKind::Date => ("time", vec![Before, After, On, Between]),
        AttributeKind::List => ("choice", vec![Is, IsNot, AnyOf, NoneOf]),
        AttributeKind::Checkbox => ("flag", vec![Is]),
    };
    if d.kind != AttributeKind::Checkbox {
        operators.extend([IsSet, IsEmpty]);
    }
    let prefix = match d.applies_to {
        AppliesTo::Conversation => "attribute",
        AppliesTo::Contact => "contact_attribute",
    };
    FilterField {
        name: format!("{prefix}.{}", d.key),
        label: d.name.clone(),
        kind,
        operators: operators.into_iter().map(|op| FilterOperator { name: op.as_str(), takes: op.shape() }).collect(),
        options: (d.kind == AttributeKind::List).then(|| d.options.iter().map(|o| Choice { value: o.clone(), label: o.clone() }).collect()),
        reference: None,
        source: None,
        own: true,
    }
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
        name: field.name.to_owned(),
        label: field.label.to_owned(),
        kind,
        operators: field.operators().into_iter().map(operator).collect(),
        options: field.options(),
        reference: reference.map(|r| r.name()),
        source: reference.and_then(|r| r.path()).or(matches!(field.kind, Kind::Tags).then_some("/tags")),
        own: false,
    }
}
