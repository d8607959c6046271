//! Workbooks that offices send, from the file to the records.

mod files;
mod interrupted;
mod pages;
mod samples;
mod world;
