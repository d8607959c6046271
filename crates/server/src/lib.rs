//! The application: one folder per primitive, each with its model, its queries, its pages.
//!
//! For: turning requests, files and commands into operations. In: HTTP, workbooks, directives. Out: pages, documents, JSON.
//! Does not know: how a score is computed, what a rule says.

pub mod account;
pub mod activity;
pub mod app;
pub mod audit;
pub mod case;
pub mod clock;
pub mod commands;
pub mod condition;
pub mod demo;
pub mod desk;
pub mod directory;
pub mod duty;
pub mod evaluation;
pub mod facts;
pub mod figures;
pub mod files;
pub mod follow;
pub mod http;
pub mod import;
pub mod jobs;
pub mod member;
pub mod notice;
pub mod organisation;
pub mod pinyin;
pub mod policies;
pub mod rectification;
pub mod search;
pub mod serve;
pub mod suggestion;
pub mod task;
pub mod unit;
