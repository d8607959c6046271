//! One walk and its refusals per mechanism, from outside.
//!
//! For: starting the real program on a world of its own and using it as people do, by HTTP or in a browser.
//! In: paths, words on links, fields of forms. Out: pages, files, screenshots.
//! Does not know: any other crate of the workspace; what a scenario knows it has read on a page.
//!
//! ```no_run
//! use scenarios::{PASSWORD, World};
//!
//! let world = World::copy();
//! let secretary = world.sign_in("shuji", PASSWORD);
//! let page = secretary.get("/").click("组织生活").click("记录一次");
//! let page = page.form("main form").with("topic", "学习党章").send();
//! page.sees("已记录");
//! ```

mod browser;
mod form;
mod page;
mod program;
mod visitor;
mod world;

pub use browser::Browser;
pub use form::Form;
pub use page::Page;
pub use program::scratch;
pub use visitor::{Download, Visitor};
pub use world::{FIRST_PASSWORD, PASSWORD, World};
