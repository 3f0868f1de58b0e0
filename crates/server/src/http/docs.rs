//! The API's description (OpenAPI 3.1, generated from the code) and the page that shows it.

use crate::app::App;
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kernel::event::Event;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::SwaggerUi;

#[derive(OpenApi)]
#[openapi(
    info(title = "Switchboard", description = "Every conversation with your customers. Errors are application/problem+json with a stable `code`; lists are `{data, next_cursor}` with `?limit&cursor`; POSTs that create or send take an `Idempotency-Key`.", license(name = "Apache-2.0", identifier = "Apache-2.0")),
    servers((url = "/api/v1")),
    components(schemas(super::error::ProblemBody, Event)),
    security(("bearer" = []), ("cookie" = []))
)]
struct Base;

/// Splits routes from their description and completes it.
pub fn describe(routes: OpenApiRouter<App>) -> (Router<App>, Document) {
    let (router, paths) = routes.split_for_parts();
    let mut document = Base::openapi();
    document.merge(paths);
    document.info.version = env!("CARGO_PKG_VERSION").into();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("switchboard_session"))));
    problems(&mut document);
    (router, document)
}

/// Every operation can fail, and always in the same shape.
fn problems(document: &mut Document) {
    use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
    let content = || ContentBuilder::new().schema(Some(RefOr::Ref(Ref::from_schema_name("ProblemBody")))).build();
    for item in document.paths.paths.values_mut() {
        let all = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        for operation in all.into_iter().flatten() {
            let problem = ResponseBuilder::new().description("A problem").content("application/problem+json", content()).build();
            operation.responses.responses.insert("default".into(), RefOr::T(problem));
        }
    }
}

/// The whole description, for `switchboard openapi` and the committed copy.
pub fn document() -> Document {
    describe(crate::routes()).1
}

/// `/api/openapi.json` and `/api/docs`, everything from the binary.
pub fn routes(document: Document) -> Router<App> {
    Router::new()
        .merge(SwaggerUi::new("/api/docs").url("/api/openapi.json", document))
        .layer(axum::middleware::map_response(own_scripts))
        .route("/api/v1/docs", get(|| async { axum::response::Redirect::permanent("/api/docs/") }))
}

async fn own_scripts(response: Response) -> Response {
    let mut response = response.into_response();
    let policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; script-src 'self' 'unsafe-inline'; frame-ancestors 'none'";
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}
