//! What all pages share: the frame, the components, lists, and the files that browsers fetch once.
//!
//! A page is a struct with an askama template that extends `layout.html` and imports `components.html`; the struct holds a
//! [`layout::Layout`] named `layout` and view types of [`view`] and [`list`]. `/components` (demo) shows every component.

pub mod action;
pub mod assets;
pub mod download;
pub mod failure;
pub mod layout;
pub mod list;
pub mod menu;
pub mod pages_basic;
pub mod path;
pub mod plain;
pub mod route;
pub mod routes;
pub mod session;
pub mod sheet;
pub mod sign_in;
pub mod start;
pub mod submitted;
pub mod view;
pub mod visit;
pub mod ways;
