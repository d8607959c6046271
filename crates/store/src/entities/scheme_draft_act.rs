use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scheme_draft_act")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub draft_id: i64,
    #[sea_orm(column_type = "Text")]
    pub action: String,
    #[sea_orm(column_type = "Text")]
    pub note: String,
    pub actor_id: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub actor_name: String,
    #[sea_orm(column_type = "Text")]
    pub post: String,
    #[sea_orm(column_type = "Text")]
    pub acted_at: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
