use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plan_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub year: i64,
    #[sea_orm(column_type = "Text")]
    pub pack_key: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    #[sea_orm(column_type = "Text")]
    pub of_key: String,
    pub organisation_id: i64,
    #[sea_orm(column_type = "Text")]
    pub period: String,
    #[sea_orm(column_type = "Text")]
    pub opens_on: String,
    #[sea_orm(column_type = "Text")]
    pub basis: String,
    #[sea_orm(column_type = "Text")]
    pub approver: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub number: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub filed_at: String,
    pub filed_by: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub withdrawn_at: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
