//! The form fields that every channel over Twilio asks for.

use super::API;
use kernel::form::{Field, FieldKind};

pub const ACCOUNT_SID: Field = Field {
    required: true,
    placeholder: "ACxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    help: "On the first page of the Twilio console, under Account info. A subaccount has its own.",
    help_url: "https://console.twilio.com/",
    ..Field::new("account_sid", "Account SID", FieldKind::Text)
};
pub const AUTH_TOKEN: Field = Field {
    required: true,
    help: "Below the account SID, behind “Show”. It signs in and proves that deliveries come from Twilio.",
    help_url: "https://console.twilio.com/us1/account/keys-credentials/api-keys",
    ..Field::new("auth_token", "Auth token", FieldKind::Secret)
};
pub const API_KEY_SID: Field = Field {
    advanced: true,
    placeholder: "SKxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    help: "Signs in with an API key instead of the auth token. The auth token is still needed for deliveries.",
    help_url: "https://console.twilio.com/us1/account/keys-credentials/api-keys",
    ..Field::new("api_key_sid", "API key SID", FieldKind::Text)
};
pub const API_KEY_SECRET: Field = Field {
    advanced: true,
    help: "Shown once, when the API key is made.",
    ..Field::new("api_key_secret", "API key secret", FieldKind::Secret)
};
pub const AUTH_TOKEN_SECONDARY: Field = Field {
    advanced: true,
    help: "While you rotate the auth token: deliveries signed with either are taken.",
    ..Field::new("auth_token_secondary", "Secondary auth token", FieldKind::Secret)
};
pub const BASE_URL: Field = Field {
    advanced: true,
    default: API,
    help: "Where Twilio’s API is reached. Change it for a region (https://api.dublin.ie1.twilio.com) or to test against a stand-in.",
    ..Field::new("base_url", "API address", FieldKind::Url)
};
