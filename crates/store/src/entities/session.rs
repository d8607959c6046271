use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub person_id: i64,
    #[sea_orm(column_type = "Text")]
    pub csrf: String,
    #[sea_orm(column_type = "Text")]
    pub door: String,
    #[sea_orm(column_type = "Text")]
    pub created_at: String,
    #[sea_orm(column_type = "Text")]
    pub seen_at: String,
    #[sea_orm(column_type = "Text")]
    pub until_at: String,
    pub last_write: i64,
    /// The pack that was in force when it was opened.
    #[sea_orm(column_type = "Text")]
    pub pack_version: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
