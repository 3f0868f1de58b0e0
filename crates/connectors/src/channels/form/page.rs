//! What the visitor's browser gets: the script with the signed time, and thanks.

use super::content::{PAGE, TOKEN};
use super::guard;
use kernel::channel::{Account, RawDelivery, Reply};
use serde_json::Value;

/// Does a person wait for a page?
pub fn is_person(raw: &RawDelivery) -> bool {
    raw.header("accept").is_some_and(|a| a.contains("text/html"))
}

/// Puts the signed time and the page's address into the forms of this channel; asks for a new time before the old one ends.
pub fn script(account: &Account, raw: &RawDelivery) -> Reply {
    let address = format!("{}{}", account.public_url.trim_end_matches('/'), raw.path.split('?').next().unwrap_or_default());
    let again = guard::LONGEST_MS / 2;
    // In a script, `<` may not end it early.
    let quoted = |text: &str| Value::from(text).to_string().replace('<', "\\u003c");
    let body = format!(
        r#"(function () {{
  var address = {address}, values = {{ {TOKEN}: {token}, {PAGE}: location.href }};
  function fill() {{
    document.querySelectorAll("form").forEach(function (form) {{
      if ((form.getAttribute("action") || "").split("?")[0] !== address) return;
      Object.keys(values).forEach(function (name) {{
        var field = form.querySelector("input[name=" + name + "]");
        if (!field) {{
          field = document.createElement("input");
          field.type = "hidden";
          field.name = name;
          form.appendChild(field);
        }}
        field.value = values[name];
      }});
    }});
  }}
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", fill); else fill();
  document.addEventListener("focusin", fill);
  setTimeout(function () {{
    document.removeEventListener("focusin", fill);
    var next = document.createElement("script");
    next.src = address + "?" + Date.now();
    document.head.appendChild(next);
  }}, {again});
}})();
"#,
        address = quoted(&address),
        token = quoted(&guard::stamp(account, raw.received_at)),
    );
    Reply { status: 200, content_type: "text/javascript; charset=utf-8", body: body.into_bytes() }
}

/// Words, or the way to the site's own page.
pub fn thanks(account: &Account) -> Reply {
    let words = escape(account.settings.text("thank_you").unwrap_or("Thank you."));
    let url = account.settings.text("thank_you_url").filter(|u| u.starts_with("https://") || u.starts_with("http://")).map(escape);
    let onward = url.as_ref().map(|u| format!("<meta http-equiv=\"refresh\" content=\"0;url={u}\">")).unwrap_or_default();
    let shown = url.map_or_else(|| words.replace('\n', "<br>"), |u| format!("<a href=\"{u}\">{words}</a>"));
    let body = format!(
        "<!doctype html><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">{onward}<title>{words}</title>\
         <body style=\"font:1.1rem/1.6 system-ui,sans-serif;margin:4rem auto;max-width:36rem;padding:0 1rem\"><p>{shown}</p></body>"
    );
    Reply::html(200, body)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
