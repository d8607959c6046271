//! The rooms of `office` from outside, one module each.

mod packages;
mod sheet_read;
mod sheet_write;
