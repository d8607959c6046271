//! What a committee owes by itself, and the departments that join forces.

use jiff::civil::Date;
use serde::Deserialize;

use super::{Cite, Key};
use crate::Per;

/// What a Party committee owes as such (主体责任).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrincipalDuty {
    pub name: String,
    /// Levels whose committees owe it; none: all.
    #[serde(default)]
    pub levels: Vec<Key>,
    pub cite: Cite,
}

/// A department with a part in building the Party (组织、纪检监察、宣传、党校、财政、行业党委、市直工委).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Department {
    pub name: String,
    /// Levels at whose committees it has an office.
    pub levels: Vec<Key>,
    /// Roles whose accounts act for the office at its committee.
    pub roles: Vec<Key>,
    /// What it does by itself in every period.
    #[serde(default, rename = "duty")]
    pub duties: Vec<DepartmentDuty>,
    pub cite: Cite,
}

/// A standing duty of a department, reported with evidence once a period.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepartmentDuty {
    pub key: Key,
    pub name: String,
    pub per: Per,
    /// First day on which it stands; periods that were over by then are owed by nobody. `None`: as long as the department does.
    #[serde(default)]
    pub from: Option<Date>,
    pub cite: Cite,
}
