use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consequence")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub evaluation_id: i64,
    #[sea_orm(column_type = "Text")]
    pub rule: String,
    pub organisation_id: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub due_on: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub done_on: Option<String>,
    pub is_waived: bool,
    #[sea_orm(column_type = "Text")]
    pub number: String,
    /// Money, in 分.
    pub amount: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub note: String,
    pub done_by: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
