use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "asked_unit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub table_id: i64,
    pub organisation_id: i64,
    pub n_asked: i64,
    pub n_typed: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub answered_on: Option<String>,
    pub answered_by: Option<i64>,
    pub is_late: bool,
    #[sea_orm(column_type = "Text")]
    pub returned: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
