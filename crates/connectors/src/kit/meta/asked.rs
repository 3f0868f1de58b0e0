//! What every channel of Meta asks for in the same words, and what its channels have in common.

use kernel::channel::{Conversion, Paste};
use kernel::form::{Field, FieldKind};

pub const APP_SECRET: Field = Field {
    required: true,
    help: "Proves that events come from Meta. In the app dashboard: App settings, Basic, App secret.",
    help_url: "https://developers.facebook.com/apps/",
    ..Field::new("app_secret", "App secret", FieldKind::Secret)
};
pub const VERIFY_TOKEN: Field = Field {
    required: true,
    generated: true,
    help: "Made here. Meta sends it back when it checks the webhook address.",
    ..Field::new("verify_token", "Verify token", FieldKind::Text)
};
pub const PASTE_VERIFY_TOKEN: Paste =
    Paste { label: "Verify token", template: "{verify_token}", help: "In the field below the callback URL." };
pub const HUMAN_AGENT: Field = Field {
    default: "true",
    help: "Lets people of the team answer until seven days after the person's last message. Meta has to approve “Human Agent” for your app.",
    help_url: "https://developers.facebook.com/docs/features-reference/human-agent/",
    ..Field::new("human_agent", "Answer for seven days (Human Agent)", FieldKind::Boolean)
};
pub const APPSECRET_PROOF: Field = Field {
    advanced: true,
    default: "false",
    help: "Turn on when the app demands it: App settings, Advanced, Require app secret.",
    ..Field::new("appsecret_proof", "Prove calls with the app secret", FieldKind::Boolean)
};

/// Pictures in the form and size that both kinds of direct message take.
const PICTURE_BYTES: i64 = 8 << 20;
pub const BMP: Conversion = Conversion::new("image/bmp", "image/jpeg", 0);
pub const TIFF: Conversion = Conversion::new("image/tiff", "image/jpeg", 0);
pub const WEBP: Conversion = Conversion::new("image/webp", "image/jpeg", 0);
pub const PNG: Conversion = Conversion::new("image/png", "image/jpeg", PICTURE_BYTES);
pub const JPEG: Conversion = Conversion::new("image/jpeg", "image/jpeg", PICTURE_BYTES);

pub const ONLY_ANSWERS: &str = "You can only answer; the person writes first.";
pub const ONLY_PEOPLE_LATER: &str =
    "Later than 24 hours after the person's last message only people of the team may answer, for up to seven days.";
