//! Channels from the plain variables that first users set (`EMAIL_SERVICE`, `TWILIO_AUTH_TOKEN` …): made at start in the oldest workspace,
//! kept in step with the variables, and not changed from the screen. `mock` is the simulator.

use super::actions;
use super::model::NewChannel;
use super::store;
use crate::app::App;
use config::Plain;
use kernel::message::ChannelStatus;
use kernel::{Actor, Result};
use serde_json::{Map, Value};

struct Wanted {
    provider: &'static str,
    name: &'static str,
    simulated: bool,
    /// (field of the connect form, value)
    configuration: Vec<(&'static str, Value)>,
}

/// What the variables ask for, or words why they cannot be followed.
fn wanted(plain: &Plain) -> Vec<std::result::Result<Wanted, String>> {
    let text = |name: &str| plain.get(name).map(str::trim).filter(|v| !v.is_empty()).map(str::to_owned);
    let or = |name: &str, default: &str| text(name).unwrap_or_else(|| default.to_owned());
    let need = |name: &str| text(name).ok_or_else(|| format!("{name} is not set"));
    let mail = |provider: &'static str, more: Vec<(&'static str, Value)>| -> std::result::Result<Wanted, String> {
        let mut configuration = vec![("address", need("FROM_EMAIL")?.into())];
        configuration.extend(text("FROM_NAME").map(|name| ("display_name", name.into())));
        configuration.extend(more);
        Ok(Wanted { provider, name: "E-mail (environment)", simulated: false, configuration })
    };
    let mut all = Vec::new();
    match text("EMAIL_SERVICE").as_deref() {
        None => {}
        Some("sendgrid") => all.push(need("SENDGRID_API_KEY").and_then(|key| mail("sendgrid", vec![("api_key", key.into())]))),
        Some("ses") => all.push((|| {
            let topics = or("AWS_SES_TOPIC_ARNS", "");
            let topics: Vec<&str> = topics.split([',', ' ']).filter(|arn| !arn.is_empty()).collect();
            let more = vec![
                ("region", or("AWS_SES_REGION", "us-east-1").into()),
                ("access_key_id", need("AWS_SES_ACCESS_KEY")?.into()),
                ("secret_access_key", need("AWS_SES_SECRET_KEY")?.into()),
                ("topic_arns", topics.into()),
            ];
            mail("ses", more)
        })()),
        Some("mock") => all.push(Ok(Wanted {
            simulated: true,
            configuration: vec![("address", or("FROM_EMAIL", "hello@example.com").into())],
            provider: "sendgrid",
            name: "E-mail (environment)",
        })),
        Some(other) => all.push(Err(format!("EMAIL_SERVICE is {other}; it is one of sendgrid, ses, mock"))),
    }
    match text("SMS_SERVICE").as_deref() {
        None => {}
        Some("twilio") => all.push((|| {
            let configuration = vec![
                ("account_sid", need("TWILIO_ACCOUNT_SID")?.into()),
                ("auth_token", need("TWILIO_AUTH_TOKEN")?.into()),
                ("sender", need("TWILIO_PHONE_NUMBER")?.into()),
            ];
            Ok(Wanted { provider: "twilio", name: "SMS (environment)", simulated: false, configuration })
        })()),
        Some("mock") => all.push(Ok(Wanted {
            simulated: true,
            configuration: vec![("sender", or("TWILIO_PHONE_NUMBER", "+15005550006").into())],
            provider: "twilio",
            name: "SMS (environment)",
        })),
        Some(other) => all.push(Err(format!("SMS_SERVICE is {other}; it is one of twilio, mock"))),
    }
    all
}

/// Makes the channels that the variables ask for, changes those that were made before, and stops those that are no longer asked for.
pub async fn ensure(app: &App) -> Result<()> {
    let Some(workspace) = app.workspaces().await?.into_iter().next() else { return Ok(()) };
    let actor = Actor::system(workspace);
    let mut kept = Vec::new();
    let known: Vec<_> = app.db.read(workspace, store::list).await?.into_iter().filter(|row| row.read_only).collect();
    for wish in wanted(&app.config.plain) {
        let wish = match wish {
            Ok(wish) => wish,
            Err(why) => {
                tracing::error!("no channel is made from the environment: {why}");
                continue;
            }
        };
        let configuration: Map<String, Value> = wish.configuration.into_iter().map(|(n, v)| (n.to_owned(), v)).collect();
        let before = known.iter().find(|row| row.provider == wish.provider && row.name == wish.name);
        // A simulated channel never becomes a real one: it goes, and its number or address with it.
        let (same, other) = match before {
            Some(row) if is_simulated(row) == wish.simulated => (Some(row), None),
            other => (None, other),
        };
        if let Some(row) = other {
            kept.push(row.id);
            actions::remove(app, &actor, row.id).await?;
        }
        match same {
            Some(row) => {
                kept.push(row.id);
                let status = (row.status == ChannelStatus::Inactive).then_some(ChannelStatus::Active);
                let change = actions::Change { name: None, status, configuration: Some(configuration) };
                // One variable that is wrong keeps no other channel from working.
                if let Err(error) = actions::change_from_environment(app, &actor, row.id, change).await {
                    tracing::error!(channel.id = %row.id, error = %error, "a channel does not follow the environment");
                }
            }
            None => {
                let new = NewChannel { provider: wish.provider.into(), name: wish.name.into(), configuration, simulated: wish.simulated };
                match actions::create(app, &actor, new, true).await {
                    Ok(id) => {
                        kept.push(id);
                        tracing::info!(channel.id = %id, provider = wish.provider, "a channel was made from the environment");
                    }
                    Err(error) => tracing::error!(error = %error, "no channel is made from the environment"),
                }
            }
        }
    }
    for row in known.iter().filter(|row| !kept.contains(&row.id) && row.status != ChannelStatus::Inactive) {
        let change = actions::Change { name: None, status: Some(ChannelStatus::Inactive), configuration: None };
        actions::change_from_environment(app, &actor, row.id, change).await?;
    }
    Ok(())
}

fn is_simulated(row: &super::model::ChannelRow) -> bool {
    row.configuration.get(super::SIMULATED).is_some_and(|v| v == true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_that_the_environment_fills_is_in_the_form() {
        let plain = |service: &str, sms: &str| {
            let all = [
                ("EMAIL_SERVICE", service),
                ("SMS_SERVICE", sms),
                ("FROM_EMAIL", "a@b.example"),
                ("FROM_NAME", "A"),
                ("SENDGRID_API_KEY", "k"),
                ("AWS_SES_ACCESS_KEY", "k"),
                ("AWS_SES_SECRET_KEY", "k"),
                ("TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000000"),
                ("TWILIO_AUTH_TOKEN", "k"),
                ("TWILIO_PHONE_NUMBER", "+15005550006"),
            ];
            Plain(all.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect())
        };
        for (service, sms) in [("sendgrid", "twilio"), ("ses", "mock"), ("mock", "twilio")] {
            for wish in wanted(&plain(service, sms)) {
                let wish = wish.unwrap_or_else(|why| panic!("{why}"));
                let channel = connectors::channel(wish.provider).unwrap_or_else(|| panic!("{}", wish.provider));
                for (field, _) in &wish.configuration {
                    assert!(channel.descriptor().fields.iter().any(|f| f.name == *field), "{}: {field}", wish.provider);
                }
            }
        }
        assert!(wanted(&plain("carrier-pigeon", ""))[0].is_err());
    }
}
