use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "member_exemption")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub member_id: i64,
    pub organisation_id: i64,
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    #[sea_orm(column_type = "Text")]
    pub from_on: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub until_on: Option<String>,
    pub listed_by: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub listed_at: String,
    pub approved_by: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub approved_at: Option<String>,
    pub declined_by: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub declined_at: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub decision_reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
