use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    #[sea_orm(column_type = "Text")]
    pub source: String,
    pub source_id: i64,
    pub organisation_id: i64,
    #[sea_orm(column_type = "Text")]
    pub day: String,
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    pub quantity: i64,
    pub subject_id: i64,
    pub flags: i64,
    /// A day of the earlier period that this makes up, once accepted.
    #[sea_orm(column_type = "Text", nullable)]
    pub makes_up: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
