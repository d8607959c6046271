//! What every room of the application stands on: sessions, pages, grants, lists in memory, facts, jobs, procedures.
//!
//! For: the rooms (`records`, `rating`, `tasks`, `intake`) and `server`, which puts them together. In: requests, commits, packs.
//! Out: visits, layouts, answers, facts as columns. Does not know: which rooms there are ([`app::Rooms`] brings them).

pub mod account;
pub mod answerable;
pub mod app;
pub mod audit;
pub mod burden;
pub mod case;
pub mod clock;
pub mod condition;
pub mod directory;
pub mod duty_log;
pub mod facts;
pub mod figures;
pub mod files;
pub mod follow;
pub mod http;
pub mod jobs;
pub mod kept;
pub mod keys;
pub mod notice;
pub mod pinyin;
pub mod plan;
pub mod policies;
