use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "person")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    #[sea_orm(column_type = "Text")]
    pub login: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub pinyin: String,
    #[sea_orm(column_type = "Blob", nullable)]
    pub telephone: Option<Vec<u8>>,
    #[sea_orm(column_type = "Text")]
    pub password: String,
    pub must_change_password: bool,
    pub n_failed: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub locked_until: Option<String>,
    pub member_id: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub disabled_at: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub created_at: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
