//! Scenarios: `fn ID` walks through a mechanism, `fn ID__refuses_…` is sent away.

mod harness;
