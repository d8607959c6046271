//! All routes, grouped by primitive; readable as an index.

use axum::Router;
use axum::middleware::from_fn_with_state;
use tower_http::compression::CompressionLayer;

use crate::app::App;
use crate::http::route::{Door, Needs, RouteLine, Routes};
use crate::http::ways::Pages;
use crate::http::{assets, session, sheet, sign_in, start};

/// The router of a listener; `only`: the outer one.
pub fn router(app: &App, only: Option<Door>) -> Router {
    let routes = all(app, Routes::new(app.clone(), only));
    let door = if only.is_none() { session::INNER } else { session::OUTER };
    let served = routes.lines().iter().filter(|line| only.is_none_or(|only| only == line.door));
    let listener = session::Listener::new(door, Pages::new(served));
    routes
        .into_router()
        .fallback(|| async { crate::http::failure::Failure::NotFound })
        .layer(from_fn_with_state(app.clone(), session::middleware))
        .layer(axum::Extension(listener))
        .layer(from_fn_with_state(app.clone(), start::gate))
        .layer(CompressionLayer::new())
        .with_state(app.clone())
}

/// The table of routes.
#[must_use]
pub fn table(app: &App) -> Vec<RouteLine> {
    all(app, Routes::new(app.clone(), None)).lines().to_vec()
}

fn all(app: &App, routes: Routes) -> Routes {
    let own = routes
        .get("/assets/{file}", Needs::Nothing, Door::Both, assets::serve)
        .get("/components", Needs::SignIn, Door::Inner, sheet::show)
        .get("/sign-in", Needs::Nothing, Door::Both, sign_in::show)
        .post("/sign-in", Needs::Nothing, Door::Both, sign_in::sign_in)
        .post("/sign-out", Needs::SignIn, Door::Both, sign_in::sign_out)
        .with(crate::account::routes)
        .with(crate::audit::routes)
        .with(crate::notice::routes)
        .with(crate::policies::routes);
    (app.rooms().routes)(own)
}
