use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "weak_candidate")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub round_id: i64,
    pub organisation_id: i64,
    #[sea_orm(column_type = "Text")]
    pub reasons: String,
    pub must_be_answered: bool,
    pub is_listed: Option<bool>,
    #[sea_orm(column_type = "Text")]
    pub conditions: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub explanation: Option<String>,
    pub answered_by: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub answered_at: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
