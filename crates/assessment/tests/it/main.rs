//! The engine from outside: packs as text, small worlds worked out by hand, and the sample workbooks.

mod cases;
mod city_scale;
mod cohorts;
mod consequences;
mod duties;
mod five_star;
mod items;
mod methods;
mod pivot;
mod properties;
mod samples;
mod simulate;
mod workbooks;
mod world;
mod worn;
