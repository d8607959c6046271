use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "burden_approval")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    pub subject_id: i64,
    pub organisation_id: i64,
    #[sea_orm(column_type = "Text")]
    pub title: String,
    pub n_units: i64,
    pub minutes: i64,
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    #[sea_orm(column_type = "Text")]
    pub asked_on: String,
    pub asked_by: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub decided_on: Option<String>,
    pub decided_by: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub decider: String,
    pub is_granted: bool,
    #[sea_orm(column_type = "Text")]
    pub answer: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub used_on: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
