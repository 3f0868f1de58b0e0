//! The route of usage.

use super::count::is_stale;
use super::model::{Feature, Limit, Members, Month, Plan, Usage};
use super::store::{self, Counted};
use crate::app::App;
use crate::http::error::Problem;
use crate::http::extract::Caller;
use crate::runner::Work;
use crate::{people, teams, webhooks};
use axum::Json;
use axum::extract::State;
use kernel::ChannelId;
use kernel::actor::Permission::TeamsManage;
use kernel::time::{DAY, Millis, rfc3339};
use std::collections::BTreeMap;
use utoipa_axum::{router::OpenApiRouter, routes};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_usage))
}

/// Days that hold any twelve months.
const YEAR: i64 = 366;
const MONTHS: usize = 12;

/// How much the workspace is used, for whoever looks after teams or the workspace. What takes counting is counted in the background when somebody asks
/// and it is older than ten minutes: `counted_at` says when it was, `counting` that newer numbers are on their way.
#[utoipa::path(get, path = "/usage", tag = "workspace", responses((status = 200, body = Usage)))]
async fn get_usage(State(app): State<App>, caller: Caller) -> Result<Json<Usage>, Problem> {
    let actor = caller.need(TeamsManage)?;
    let (workspace, now) = (actor.workspace, app.now());
    let tier = people::workspace(&app, workspace).await?.tier;
    let today = now.div_euclid(DAY);
    let (totals, days, begun, all, limits) = app
        .db
        .read(workspace, move |tx| {
            let limits = [("webhooks", webhooks::limit(tx)?), ("teams", teams::limit(tx)?)];
            Ok((store::totals(tx)?, store::days(tx, today - YEAR)?, store::begun(tx)?, people::all_members(tx)?, limits))
        })
        .await?;
    let counting = is_stale(totals.as_ref(), now);
    if counting {
        app.runner.poke(&app, workspace, Work::Counting);
    }
    let active = all.iter().filter(|m| m.active).count() as i64;
    let counted_at = totals.as_ref().map(|t| t.counted_at);
    let mut totals = totals.unwrap_or_default();
    totals.conversations.total = begun;
    Ok(Json(Usage {
        counted_at,
        counting,
        members: Members { active, ended: all.len() as i64 - active },
        conversations: totals.conversations,
        months: months(days),
        storage: totals.storage,
        webhooks: totals.webhooks,
        plan: Plan {
            tier,
            features: people::all_features().map(|(name, lowest)| Feature { name, tier: lowest, included: lowest <= tier }).collect(),
            limits: limits.into_iter().map(|(name, (used, most))| Limit { name, used, most }).collect(),
        },
    }))
}

/// `2026-11`
fn month_of(day: i64) -> String {
    let at: Millis = day.saturating_mul(DAY);
    rfc3339(at).chars().take(7).collect()
}

/// Days put together, the latest month first.
fn months(days: Vec<(i64, ChannelId, Option<String>, Counted)>) -> Vec<Month> {
    let mut by_month: BTreeMap<String, BTreeMap<ChannelId, Month>> = BTreeMap::new();
    for (day, channel_id, channel_name, c) in days {
        let month = month_of(day);
        let rows = by_month.entry(month.clone()).or_default();
        let row = rows.entry(channel_id).or_insert_with(|| Month {
            month,
            channel_id,
            channel_name,
            inbound: 0,
            outbound: 0,
            automatic: 0,
            conversations: 0,
        });
        row.inbound += c.inbound;
        row.outbound += c.outbound;
        row.automatic += c.automatic;
        row.conversations += c.conversations;
    }
    by_month.into_values().rev().take(MONTHS).flat_map(BTreeMap::into_values).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_months() {
        let channel = ChannelId::from_uuid(Default::default());
        let of = |day, inbound| (day, channel, Some("Shop".to_owned()), Counted { inbound, ..Counted::default() });
        // 1 March 2026, 28 February, 1 February.
        let shown = months(vec![of(20_513, 1), of(20_512, 2), of(20_485, 4)]);
        assert_eq!(shown.iter().map(|m| (m.month.as_str(), m.inbound)).collect::<Vec<_>>(), [("2026-03", 1), ("2026-02", 6)]);
        let years: Vec<_> = (0..800).rev().map(|n| of(20_000 + n, 1)).collect();
        let shown = months(years);
        assert_eq!(shown.len(), MONTHS);
        assert!(shown.windows(2).all(|w| w[0].month > w[1].month));
    }
}
