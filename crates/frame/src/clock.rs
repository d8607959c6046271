//! The one place that asks the machine for the time; rules get their day from the caller.

/// This instant.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the doors and the job runner ask for the time here and nowhere else")]
pub fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}
