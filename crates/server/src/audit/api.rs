//! Reading the audit log, taking it along, and checking that it is whole.

use super::chain;
use super::store::{self, Filter, Row};
use crate::app::App;
use crate::http::error::Problem;
use crate::http::extract::{Caller, Query};
use crate::people;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use futures_util::stream;
use kernel::actor::Permission;
use kernel::page::{self, Page};
use kernel::time::{Millis, rfc3339, wire, wire_opt};
use kernel::{Error, MemberId, TokenId, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_audit)).routes(routes!(export_audit)).routes(routes!(check_audit))
}

/// One act.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AuditEntry {
    /// Its number in the chain.
    pub n: i64,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub at: Millis,
    /// `user:mem_…`, `token:tok_…`, `system`.
    pub actor: String,
    pub actor_name: Option<String>,
    /// What was done: `team.updated`. `request`: a request that is noted by method and path only.
    pub action: String,
    /// The id of what it was done to.
    pub subject: String,
    /// What that was called then.
    pub subject_name: Option<String>,
    /// Only what changed.
    #[schema(value_type = Option<Object>)]
    pub before: Option<Value>,
    #[schema(value_type = Option<Object>)]
    pub after: Option<Value>,
    pub address: Option<String>,
    /// The details were erased; that it was done stays.
    pub erased: bool,
    /// Of the row and all before it, in hex.
    pub hash: String,
}

fn shown(row: Row, names: &HashMap<String, String>) -> AuditEntry {
    let mut details: Value = row.details.as_deref().and_then(|t| serde_json::from_str(t).ok()).unwrap_or(Value::Null);
    let mut take = |name: &str| Some(details[name].take()).filter(|v| !v.is_null());
    let text = |v: Option<Value>| v.and_then(|v| v.as_str().map(str::to_owned));
    AuditEntry {
        n: row.n,
        at: row.at,
        actor_name: names.get(&row.actor).cloned(),
        actor: row.actor,
        action: row.action,
        subject: row.subject,
        subject_name: text(take("name")),
        before: take("before"),
        after: take("after"),
        address: text(take("address")),
        erased: row.details.is_none(),
        hash: HEXLOWER.encode(&row.hash),
    }
}

#[derive(Clone, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// `user:mem_…` or `token:tok_…`.
    actor: Option<String>,
    /// `team.updated`, or with a dot at the end all of a kind: `team.`.
    action: Option<String>,
    /// The id of what it was done to.
    subject: Option<String>,
    #[serde(default, with = "wire_opt")]
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Millis>,
    #[serde(default, with = "wire_opt")]
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Millis>,
    limit: Option<i64>,
    cursor: Option<String>,
}
impl AuditQuery {
    fn filter(&self) -> Filter {
        let given = |t: &Option<String>| t.clone().filter(|t| !t.trim().is_empty());
        Filter {
            actor: given(&self.actor),
            action: given(&self.action),
            subject: given(&self.subject),
            since: self.since,
            until: self.until,
        }
    }
}

/// Who the actors of these rows are: members, and makers of tokens.
async fn names(app: &App, workspace: WorkspaceId, rows: &[Row]) -> kernel::Result<HashMap<String, String>> {
    let tokens: Vec<TokenId> = rows.iter().filter_map(|r| r.actor.strip_prefix("token:")?.parse().ok()).collect();
    let makers = if tokens.is_empty() { HashMap::new() } else { people::token_makers(app, workspace, tokens).await? };
    let labels: Vec<(String, MemberId)> = rows
        .iter()
        .filter_map(|r| {
            let member = match r.actor.strip_prefix("user:") {
                Some(id) => id.parse().ok()?,
                None => *makers.get(&r.actor.strip_prefix("token:")?.parse().ok()?)?,
            };
            Some((r.actor.clone(), member))
        })
        .collect();
    let ids: Vec<MemberId> = labels.iter().map(|(_, id)| *id).collect();
    let known = app.db.read(workspace, move |tx| people::names(tx, &ids)).await?;
    Ok(labels.into_iter().filter_map(|(label, id)| Some((label, known.get(&id)?.clone()))).collect())
}

/// Administrative acts and deletions, newest first.
#[utoipa::path(get, path = "/audit", tag = "audit", params(AuditQuery), responses((status = 200, body = Page<AuditEntry>)))]
async fn list_audit(State(app): State<App>, caller: Caller, Query(q): Query<AuditQuery>) -> Result<Json<Page<AuditEntry>>, Problem> {
    let actor = caller.need(Permission::AuditRead)?;
    let limit = page::limit(q.limit)?;
    let before: Option<i64> = q.cursor.as_deref().map(page::decode).transpose()?;
    let filter = q.filter();
    let rows = app.db.read(actor.workspace, move |tx| store::list(tx, &filter, before.unwrap_or(i64::MAX), limit + 1)).await?;
    let names = names(&app, actor.workspace, &rows).await?;
    Ok(Json(Page::cut(rows, limit, |r| r.n).map(|r| shown(r, &names))))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// `csv` or `jsonl`.
    format: Option<String>,
    actor: Option<String>,
    action: Option<String>,
    subject: Option<String>,
    #[serde(default, with = "wire_opt")]
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Millis>,
    #[serde(default, with = "wire_opt")]
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Millis>,
}

const PIECE: i64 = 500;
const HEAD: &str = "n,at,actor,actor_name,action,subject,subject_name,before,after,address,hash\r\n";

fn csv(e: &AuditEntry) -> String {
    let json = |v: &Option<Value>| v.as_ref().map(Value::to_string).unwrap_or_default();
    let fields = [
        e.n.to_string(),
        rfc3339(e.at),
        e.actor.clone(),
        e.actor_name.clone().unwrap_or_default(),
        e.action.clone(),
        e.subject.clone(),
        e.subject_name.clone().unwrap_or_default(),
        json(&e.before),
        json(&e.after),
        e.address.clone().unwrap_or_default(),
        e.hash.clone(),
    ];
    let quoted = fields.iter().map(|f| {
        // A sheet would take these for a formula.
        let safe = if f.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{f}") } else { f.clone() };
        format!("\"{}\"", safe.replace('"', "\"\""))
    });
    quoted.collect::<Vec<_>>().join(",") + "\r\n"
}

/// The whole log, or what the filter leaves of it, as CSV or JSON lines; newest first.
#[utoipa::path(get, path = "/audit/export", tag = "audit", params(ExportQuery), responses((status = 200, body = String, content_type = "text/csv")))]
async fn export_audit(State(app): State<App>, caller: Caller, Query(q): Query<ExportQuery>) -> Result<Response, Problem> {
    let actor = caller.need(Permission::AuditRead)?.clone();
    let as_csv = match q.format.as_deref() {
        None | Some("csv") => true,
        Some("jsonl") => false,
        Some(_) => return Err(Error::field("format", "not_an_option", "Choose one of: csv, jsonl.").into()),
    };
    let all =
        AuditQuery { actor: q.actor, action: q.action, subject: q.subject, since: q.since, until: q.until, limit: None, cursor: None };
    let filter = all.filter();
    let workspace = actor.workspace;
    let head = as_csv.then(|| HEAD.to_owned());
    let pieces = stream::try_unfold((app, filter, i64::MAX, head), move |(app, filter, before, head)| async move {
        if before == i64::MIN {
            return Ok::<_, std::io::Error>(None);
        }
        let failed = |e: Error| std::io::Error::other(e.to_string());
        let wanted = filter.clone();
        let rows = app.db.read(workspace, move |tx| store::list(tx, &wanted, before, PIECE)).await.map_err(failed)?;
        let next = if (rows.len() as i64) < PIECE { i64::MIN } else { rows.last().map_or(i64::MIN, |r| r.n) };
        let names = names(&app, workspace, &rows).await.map_err(failed)?;
        let mut text = head.unwrap_or_default();
        for row in rows {
            let entry = shown(row, &names);
            match as_csv {
                true => text.push_str(&csv(&entry)),
                false => text.push_str(&(serde_json::to_string(&entry).map_err(std::io::Error::other)? + "\n")),
            }
        }
        Ok(Some((text, (app, filter, next, None))))
    });
    let (kind, name) = if as_csv { ("text/csv; charset=utf-8", "audit.csv") } else { ("application/x-ndjson", "audit.jsonl") };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

/// Whether every row is as it was written, and none is missing.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AuditCheck {
    pub intact: bool,
    pub rows: i64,
    /// The first row that is wrong or missing.
    pub broken_at: Option<i64>,
    pub why: Option<String>,
    /// Of the last row, in hex: kept elsewhere, it proves later that nothing before it was changed.
    pub hash: String,
    #[serde(with = "wire_opt")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_at: Option<Millis>,
    #[serde(with = "wire")]
    #[schema(value_type = String, format = DateTime)]
    pub checked_at: Millis,
}

/// Goes through the whole chain.
#[utoipa::path(get, path = "/audit/check", tag = "audit", responses((status = 200, body = AuditCheck)))]
async fn check_audit(State(app): State<App>, caller: Caller) -> Result<Json<AuditCheck>, Problem> {
    let actor = caller.need(Permission::AuditRead)?;
    let v = app.db.read(actor.workspace, chain::verify).await?;
    Ok(Json(AuditCheck {
        intact: v.broken_at.is_none(),
        rows: v.rows,
        broken_at: v.broken_at,
        why: v.why.map(str::to_owned),
        hash: HEXLOWER.encode(&v.hash),
        last_at: v.last_at,
        checked_at: app.now(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        let row = Row {
            n: 1,
            at: 0,
            actor: "system".into(),
            action: "x".into(),
            subject: "y".into(),
            salt: None,
            details: Some(r#"{"name":"=cmd|' /C calc'!A0","after":{"a":"b\"c"}}"#.into()),
            digest: vec![],
            hash: vec![1],
        };
        let line = csv(&shown(row, &HashMap::new()));
        assert!(line.contains("\"'=cmd|' /C calc'!A0\"") && line.contains(r#""{""a"":""b\""c""}""#), "{line}");
    }
}
