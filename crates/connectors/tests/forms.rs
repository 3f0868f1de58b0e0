//! Every connect form hangs together: conditions look back, presets fill in what can be filled in.

use connectors::CHANNELS;
use kernel::form::{Field, FieldKind, Is, check};
use serde_json::{Map, Value, json};

fn conditions(what: &str, when: &[&[Is]], before: &[Field]) {
    for is in when.iter().copied().flatten() {
        let field = before.iter().find(|f| f.name == is.field);
        let field = field.unwrap_or_else(|| panic!("{what} depends on {}, which does not stand before it", is.field));
        assert!(!is.one_of.is_empty(), "{what}");
        for value in is.one_of {
            match field.kind {
                FieldKind::Select => assert!(field.options.iter().any(|o| o.value == *value), "{what}: {} is never {value}", is.field),
                FieldKind::Boolean => assert!(["true", "false"].contains(value), "{what}: {value}"),
                _ => {}
            }
        }
    }
}

#[test]
fn conditions_look_back_and_presets_fit() {
    let mut presets = 0;
    for d in CHANNELS.iter().map(|c| c.descriptor()) {
        for (at, field) in d.fields.iter().enumerate() {
            let what = format!("{}.{}", d.id, field.name);
            conditions(&what, field.when, &d.fields[..at]);
            for preset in field.presets {
                presets += 1;
                assert!(field.options.iter().any(|o| o.value == preset.choice), "{what}: {} is no option", preset.choice);
                assert!(preset.note_url.is_empty() || preset.note_url.starts_with("https://"), "{what}: {}", preset.note_url);
                for set in preset.sets {
                    let other = d.fields.iter().find(|f| f.name == set.field);
                    let other = other.unwrap_or_else(|| panic!("{what}: {} sets {}, which is no field", preset.choice, set.field));
                    let given = Map::from_iter([(set.field.to_owned(), Value::from(set.value))]);
                    let optional: Vec<Field> = d.fields.iter().map(|f| Field { required: false, ..*f }).collect();
                    assert!(check(&optional, &given).is_ok(), "{what}: {} is no value for {}", set.value, other.name);
                }
            }
        }
        conditions(&format!("{}'s connect button", d.id), d.oauth_when, d.fields);
        conditions(&format!("{}'s addresses", d.id), d.paste_when, d.fields);
    }
    assert!(presets > 15, "{presets}");
}

/// Address, provider and password are enough: everything else is filled in.
#[test]
fn a_provider_and_a_password_connect_a_mailbox() {
    let mail = connectors::channel("smtp").unwrap().descriptor();
    let provider = mail.fields.iter().find(|f| !f.presets.is_empty()).unwrap();
    for preset in provider.presets.iter().filter(|p| p.choice != "own") {
        let mut given = json!({ "address": "help@example.com", provider.name: preset.choice, "imap_password": "p" });
        if preset.sets.iter().any(|s| s.value == "oauth") {
            given["client_id"] = json!("id");
            given["client_secret"] = json!("secret");
        }
        let values = check(mail.fields, given.as_object().unwrap()).unwrap_or_else(|e| panic!("{}: {e:?}", preset.choice));
        assert_eq!(values["receive"], "imap", "{}", preset.choice);
        for field in ["imap_host", "smtp_host"] {
            assert!(values[field].as_str().unwrap().contains('.'), "{}: {field}", preset.choice);
        }
        assert_eq!(values["imap_port"], 993, "{}", preset.choice);
        assert!([json!(465), json!(587)].contains(&values["smtp_port"]), "{}", preset.choice);
        let button = mail.oauth_for(&values).is_some();
        assert_eq!(button, preset.choice == "microsoft", "{}", preset.choice);
        assert!(mail.paste_for(&values).is_empty());
    }
    // As before: a listener, and nothing more is asked.
    let values = check(mail.fields, json!({ "address": "help@example.com" }).as_object().unwrap()).unwrap();
    assert_eq!(values["receive"], "listener");
    assert!(mail.oauth_for(&values).is_none() && mail.paste_for(&values).len() == 1);
}
