//! Where routes are registered: each names its capability and its door, or it does not compile.

use axum::Router;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use policy::Capability;

use crate::app::App;
use crate::http::failure::Failure;
use crate::http::visit::Session;

/// What a route asks of whoever comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Open to all: sign-in, assets.
    Nothing,
    /// Somebody signed in.
    SignIn,
    /// A grant of the day with this capability; the operation checks for which organisations.
    May(Capability),
}

/// Which listeners know the route (Decisions 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// The inner network only.
    Inner,
    /// Also the outer listener, which phones reach.
    Both,
}

/// One line of the table of routes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteLine {
    pub method: &'static str,
    pub path: &'static str,
    pub needs: Needs,
    pub door: Door,
}

/// The router and its table, built together.
pub struct Routes {
    app: App,
    only: Option<Door>,
    router: Router<App>,
    lines: Vec<RouteLine>,
}

impl Routes {
    /// For the inner listener (`only` is `None`) or the outer one (`Some(Door::Both)`: routes marked for both alone).
    #[must_use]
    pub fn new(app: App, only: Option<Door>) -> Self {
        Self { app, only, router: Router::new(), lines: Vec::new() }
    }

    /// A page or a file; never changes anything.
    #[must_use]
    pub fn get<H, T>(self, path: &'static str, needs: Needs, door: Door, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add("GET", path, needs, door, get(handler))
    }

    /// An operation.
    #[must_use]
    pub fn post<H, T>(self, path: &'static str, needs: Needs, door: Door, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add("POST", path, needs, door, post(handler))
    }

    /// Routes of one primitive.
    #[must_use]
    pub fn with(self, add: impl FnOnce(Self) -> Self) -> Self {
        add(self)
    }

    fn add(mut self, method: &'static str, path: &'static str, needs: Needs, door: Door, route: MethodRouter<App>) -> Self {
        self.lines.push(RouteLine { method, path, needs, door });
        if self.only.is_none_or(|only| only == door) {
            let guarded = route.layer(from_fn_with_state((self.app.clone(), needs), guard));
            self.router = self.router.route(path, guarded);
        }
        self
    }

    /// The table, for the generated text and for benchmarks.
    #[must_use]
    pub fn lines(&self) -> &[RouteLine] {
        &self.lines
    }

    pub fn into_router(self) -> Router<App> {
        self.router
    }
}

async fn guard(State((_, needs)): State<(App, Needs)>, request: Request, next: Next) -> Response {
    let session = request.extensions().get::<Session>();
    let passes = match (needs, session) {
        (Needs::Nothing, _) | (Needs::SignIn, Some(_)) => true,
        (Needs::May(capability), Some(session)) => session.actor.may(capability),
        (_, None) => {
            let wanted = request.uri().path_and_query().map_or("/", |p| p.as_str());
            return Failure::SignInFirst { wanted: wanted.to_owned() }.into_response();
        }
    };
    if passes { next.run(request).await } else { Failure::NotFound.into_response() }
}
