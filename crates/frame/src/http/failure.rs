//! How a request ends when it does not succeed. Expected refusals carry their sentence; the unexpected is logged once here.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use store::Refusal;

/// Why there is no page. The session middleware turns it into one inside the frame of whoever asked.
#[derive(Debug, Clone)]
pub enum Failure {
    /// There is no such thing, or it is out of reach: the same answer.
    NotFound,
    /// It exists and is seen, but this may not be done; the sentence says who may, and when.
    Refused(String),
    /// What was submitted cannot be taken; the sentences say what to do.
    Invalid(Vec<String>),
    /// Sign in first, then go on to where one wanted.
    SignInFirst { wanted: String },
    /// It broke, and it is ours; the number finds it in the log.
    Unexpected { number: String },
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Refused(_) => StatusCode::FORBIDDEN,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::SignInFirst { wanted } => {
                let next: String = wanted
                    .bytes()
                    .flat_map(|b| {
                        if b.is_ascii_alphanumeric() || b"/-_.".contains(&b) { vec![char::from(b)] } else { format!("%{b:02X}").chars().collect() }
                    })
                    .collect();
                return Redirect::to(&format!("/sign-in?next={next}")).into_response();
            }
            Self::Unexpected { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.0)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        if let Some(refusal) = error.downcast_ref::<Refusal>() {
            return Self::Refused(refusal.0.clone());
        }
        let number = incident_number();
        tracing::error!(%number, error = format!("{error:#}"), "a request failed");
        Self::Unexpected { number }
    }
}

impl From<store::StoreError> for Failure {
    fn from(error: store::StoreError) -> Self {
        Self::from(anyhow::Error::from(error))
    }
}

impl From<askama::Error> for Failure {
    fn from(error: askama::Error) -> Self {
        Self::from(anyhow::Error::from(error))
    }
}

/// A number under which the log finds what broke.
pub fn incident_number() -> String {
    let mut random = [0_u8; 2];
    let _ = getrandom::fill(&mut random);
    let at = jiff::tz::Offset::constant(8).to_datetime(crate::clock::now());
    format!("{}-{}", at.strftime("%Y%m%d-%H%M%S"), store::hex(&random).to_uppercase())
}
