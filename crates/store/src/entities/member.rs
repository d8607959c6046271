use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "member")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub pinyin: String,
    #[sea_orm(column_type = "Text")]
    pub sex: String,
    #[sea_orm(column_type = "Text")]
    pub ethnicity: String,
    #[sea_orm(column_type = "Blob")]
    pub id_number: Vec<u8>,
    #[sea_orm(column_type = "Text")]
    pub id_number_index: String,
    #[sea_orm(column_type = "Text")]
    pub id_number_last4: String,
    #[sea_orm(column_type = "Blob", nullable)]
    pub telephone: Option<Vec<u8>>,
    #[sea_orm(column_type = "Text", nullable)]
    pub telephone_index: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub telephone_last4: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub born_on: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub education: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub joined_on: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub full_on: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub category: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub occupation: Option<String>,
    pub is_mobile: bool,
    #[sea_orm(column_type = "Text")]
    pub status: String,
    #[sea_orm(column_type = "Text")]
    pub source: String,
    pub verified_by: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub verified_at: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub left_on: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub left_reason: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub created_at: String,
    #[sea_orm(column_type = "Text")]
    pub updated_at: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
