use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "permitted_item")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    #[sea_orm(column_type = "Text")]
    pub list: String,
    pub organisation_id: i64,
    pub office_id: i64,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    #[sea_orm(column_type = "Text")]
    pub frequency: String,
    #[sea_orm(column_type = "Text")]
    pub basis: String,
    pub minutes: i64,
    #[sea_orm(column_type = "Text")]
    pub proposed_on: String,
    pub proposed_by: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub decided_on: Option<String>,
    pub decided_by: Option<i64>,
    pub is_accepted: bool,
    #[sea_orm(column_type = "Text")]
    pub answer: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub ended_on: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub end_reason: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
